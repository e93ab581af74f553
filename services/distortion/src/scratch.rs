use crate::{
    Settings,
    cells::*,
    measures::{View, detail_loss, edge_blur},
    testing::*,
};
use image::RgbImage;
fn q(name: &str, v: &mut Vec<f32>) {
    let n = v.len();
    print!("{name:28} n={n:6}");
    for s in [0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98] {
        print!(" {:8.4}", quantile(v, s).unwrap_or(f32::NAN));
    }
    println!();
}
#[test]
#[ignore]
fn scratch() {
    let st = settings();
    let list = std::fs::read_to_string(std::env::var("CPAIQA_PICTURES").unwrap()).unwrap();
    let every: usize = std::env::var("EVERY").map_or(3, |e| e.parse().unwrap());
    let ps: Vec<RgbImage> =
        list.lines().step_by(every).filter_map(|f| image::open(f).ok()).map(|p| p.into_rgb8()).collect();
    let ratio = |v: &View<'_>| {
        let mut r: Vec<f32> =
            v.folds.iter().filter(|f| f.coarse_sigma > 0.008).map(|f| f.fine_sigma / f.coarse_sigma).collect();
        (quantile(&mut r, 0.5).unwrap_or(f32::NAN), quantile(&mut r, 0.75).unwrap_or(f32::NAN), r.len() as f32)
    };
    if std::env::var("RATIO").is_ok() {
        for (f, p) in list.lines().step_by(every).zip(&ps) {
            let v = View::new(p, &st);
            let r = ratio(&v);
            println!("{} {:.3} {:.3} {} w {:.2}", f, r.0, r.1, r.2, v.edges.sharp_width(0.25).unwrap_or(-1.0));
        }
        return;
    }
    let views: Vec<View<'_>> = ps.iter().map(|p| View::new(p, &st)).collect();
    let up: Vec<RgbImage> = ps
        .iter()
        .map(|p| {
            image::imageops::resize(
                &image::imageops::thumbnail(p, p.width() / 2, p.height() / 2),
                p.width(),
                p.height(),
                image::imageops::FilterType::CatmullRom,
            )
        })
        .collect();
    let upv: Vec<View<'_>> = up.iter().map(|p| View::new(p, &st)).collect();
    for (n, v) in [("clean", &views), ("up2", &upv)] {
        let mut a: Vec<f32> = v.iter().map(|v| ratio(v).0).filter(|x| x.is_finite()).collect();
        q(&format!("{n} ratio .5"), &mut a);
        let mut a: Vec<f32> = v.iter().map(|v| ratio(v).1).filter(|x| x.is_finite()).collect();
        q(&format!("{n} ratio .75"), &mut a);
    }
    let bp: Vec<RgbImage> = ps.iter().step_by(3).map(|p| smoothed(p, middle(p), 4.0, 1.0)).collect();
    let bv: Vec<View<'_>> = bp.iter().map(|p| View::new(p, &st)).collect();
    let gp: Vec<RgbImage> =
        ps.iter().step_by(2).map(|p| blurred(p, middle(p), p.width() as f32 / 1024.0 * 4.0)).collect();
    let gv: Vec<View<'_>> = gp.iter().map(|p| View::new(p, &st)).collect();
    let base = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/distortion.toml")).unwrap();
    let variants = std::fs::read_to_string("/tmp/dist/variants.txt").unwrap();
    for line in variants.lines().filter(|l| !l.is_empty()) {
        let (mut section, mut text) = (String::new(), String::new());
        let edits: Vec<(&str, &str, &str)> = line
            .split(';')
            .map(|e| {
                let (k, v) = e.split_once('=').unwrap();
                let (s, k) = k.trim().split_once('.').unwrap();
                (s, k, v)
            })
            .collect();
        for l in base.lines() {
            if l.starts_with('[') {
                section = l.trim_matches(['[', ']']).to_string();
            }
            let key = l.split('=').next().unwrap().trim();
            match edits.iter().find(|e| e.0 == section && e.1 == key) {
                Some(e) => text += &format!("{} = {}\n", e.1, e.2),
                None => {
                    text += l;
                    text += "\n";
                }
            }
        }
        let s: Settings = toml::from_str(&text).unwrap();
        let is8 = edits[0].0 == "edge_blur";
        let sev = |v: &View<'_>| {
            if is8 {
                heat_map(edge_blur::severities(&v.edges, &s.edge_blur)).pooled(s.edge_blur.pool_share)
            } else {
                heat_map(detail_loss::severities(&v.luma, &v.edges, &s.detail_loss)).pooled(s.detail_loss.pool_share)
            }
        };
        let clean: Vec<f32> = views.iter().map(sev).collect();
        let bad: Vec<f32> = if is8 { gv.iter().map(sev).collect() } else { bv.iter().map(sev).collect() };
        let m = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
        let al = |v: &[f32]| v.iter().filter(|&&x| x > 0.3).count() as f32 / v.len() as f32;
        let auc: f32 = bad
            .iter()
            .flat_map(|b| {
                clean.iter().map(move |c| {
                    if b > c {
                        1.0
                    } else if b == c {
                        0.5
                    } else {
                        0.0
                    }
                })
            })
            .sum::<f32>()
            / (bad.len() * clean.len()) as f32;
        println!(
            "{line}\n   clean mean {:.2} alarms {:.3} | injected mean {:.2} hits {:.2} AUC {auc:.2}",
            m(&clean),
            al(&clean),
            m(&bad),
            al(&bad)
        );
    }
}
