//! The three ways to embed a region, with the real tower, over a real connection.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::sync::{Arc, OnceLock};

use cpaiqa_alignment::{
    AlignmentServer, AlignmentSettings, ClipAligner, Heads, ImageTower, JointSpace, Place, PlacedEncoder, RegionWay,
    RenderedText, Texts,
};
use domain::{
    region::Mask as Cells,
    roles::{ModelInfo, Role},
};
use image::{ImageFormat, Rgb, RgbImage};
use inference::{
    runtime::{Runtime, Session},
    store::{Manifest, Options, Progress, Silent, Store},
};
use picture::{Decoder, Limits};
use proto::{
    alignment::{
        EmbedImageRequest, alignment_service_client::AlignmentServiceClient,
        alignment_service_server::AlignmentServiceServer,
    },
    common::{BoundingBox, Mask, Picture},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Status, transport::Channel};

const LIMITS: Limits = Limits { max_bytes: 1 << 24, max_pixels: 1 << 24, max_side: 1 << 12, min_side: 1 };
const SIDE: u32 = 320;

/// Two things side by side, and a mask of the left one.
fn picture() -> Picture {
    let pixels = RgbImage::from_fn(SIDE, SIDE, |x, y| match (x / 20 + y / 20) % 2 {
        _ if x >= SIDE / 2 => Rgb([20, 60, (y % 256) as u8]),
        0 => Rgb([230, 60, 40]),
        _ => Rgb([250, 240, 90]),
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png).unwrap();
    Picture { data: bytes.into_inner().into(), ..Picture::default() }
}

fn left() -> Mask {
    let cells: Vec<bool> = (0..16 * 16).map(|cell| cell % 16 < 8).collect();
    let mask = Cells::encode(16, 16, &cells);
    Mask { width: mask.width, height: mask.height, counts: mask.counts }
}

fn everything() -> BoundingBox {
    BoundingBox { x: 0.0, y: 0.0, width: SIDE as f32, height: SIDE as f32 }
}

fn info(name: &str) -> ModelInfo {
    ModelInfo { role: Role::Alignment.name().into(), name: name.into(), ..ModelInfo::default() }
}

async fn file(name: &str) -> std::path::PathBuf {
    let manifest = Manifest::parse(include_str!("../../../config/models.toml")).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
    let options = Options { files_dir: Some(folder.into()), ..Options::default() };
    let store = Store::open(Store::default_root().unwrap(), manifest, options);
    let silent: Arc<dyn Progress> = Arc::new(Silent);
    store.ensure(&[name], &silent).await.unwrap().remove(0)
}

async fn session() -> Session {
    // One a process.
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let (library, model) = (file("onnxruntime").await, file("clip-vit-b-16-image-mixed").await);
    let runtime = RUNTIME.get_or_init(|| Runtime::load(&library, 2).unwrap());
    runtime.open(&model, info("tower"), &["pixel_values"], &["image_embeds", "patch_embeds"]).unwrap()
}

/// A connection to a service that embeds regions in that way.
async fn service(way: RegionWay) -> AlignmentServiceClient<Channel> {
    let mut settings: AlignmentSettings = toml::from_str(include_str!("../../../config/alignment.toml")).unwrap();
    settings.regions.way = way;
    let chosen = settings.chosen().unwrap().clone();
    let tower = ImageTower::new(session().await, chosen.width, &chosen.image);
    let bytes = |path: std::path::PathBuf| std::fs::read(path).unwrap();
    let font = bytes(file("dejavu-sans-bold").await);
    let encoder = Arc::new(RenderedText::new(tower.clone(), font, info("font")).unwrap());
    let texts = Texts::new(vec![PlacedEncoder { encoder, place: Place::default(), prompts_only: false }]).unwrap();
    let space = JointSpace::read(&bytes(file("clip-vit-b-16-joint-space").await), chosen.width, info("means")).unwrap();
    let aligner =
        ClipAligner::new(Decoder::new(1), tower, texts, space, Heads::default(), chosen.calibrations, settings);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = AlignmentServiceServer::new(AlignmentServer::new(Arc::new(aligner), LIMITS));
    let serving = tonic::transport::Server::builder().add_service(server);
    tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
    AlignmentServiceClient::connect(format!("http://{address}")).await.unwrap()
}

/// The embeddings of the whole picture, where the first, and of the regions.
async fn embed(
    client: &mut AlignmentServiceClient<Channel>,
    regions: Vec<BoundingBox>,
    masks: Vec<Mask>,
) -> Result<Vec<Vec<f32>>, Status> {
    let request = EmbedImageRequest { picture: Some(picture()), regions, masks };
    Ok(client.embed_image(request).await?.into_inner().embeddings.into_iter().map(|row| row.values).collect())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[tokio::test]
async fn a_masked_crop_differs_from_the_crop_and_one_without_a_mask_does_not() {
    let (mut plain, mut masked) = (service(RegionWay::Crop).await, service(RegionWay::MaskedCrop).await);
    let masks = || vec![left(), Mask::default()];
    let crops = embed(&mut plain, vec![everything(); 2], masks()).await.unwrap();
    let found = embed(&mut masked, vec![everything(); 2], masks()).await.unwrap();
    assert_eq!((crops.len(), found.len()), (3, 3));
    assert_eq!(crops[1], crops[2]);
    assert!(cosine(&crops[1], &found[1]) < 0.95);
    assert_eq!(crops[2], found[2]);
}

#[tokio::test]
async fn dense_regions_follow_their_masks() {
    let mut dense = service(RegionWay::Dense).await;
    let half = BoundingBox { width: SIDE as f32 / 2.0, ..everything() };
    let found =
        embed(&mut dense, vec![half, everything(), everything()], vec![Mask::default(), left(), Mask::default()]);
    let found = found.await.unwrap();
    // The left half by its box and by its mask are the same patches; the whole box has the right half too.
    assert!(cosine(&found[1], &found[2]) > 0.999);
    assert!(cosine(&found[2], &found[3]) < 0.99);
}

#[tokio::test]
async fn masks_that_do_not_fit_the_regions_are_refused() {
    let mut client = service(RegionWay::Crop).await;
    let few = embed(&mut client, vec![everything(); 2], vec![left()]).await.unwrap_err();
    assert_eq!(few.code(), Code::InvalidArgument);
    assert!(few.message().contains("one for each of 2 regions, got 1"), "{few}");
    let short = Mask { counts: vec![3], ..left() };
    let broken = embed(&mut client, vec![everything()], vec![short]).await.unwrap_err();
    assert!(broken.message().contains("runs that sum to"), "{broken}");
}
