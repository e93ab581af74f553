use domain::region::Mask;
use prost::Message;
use proto::common;
use wire::common::{from_mask, to_mask};

/// Larger masks take a fuzzer's time.
const MOST_CELLS: u64 = 1 << 16;

/// Reads a mask as it comes over the wire: its cells are as many as it says, and survive being written again. Whether it is one.
pub fn mask(bytes: &[u8]) -> bool {
    let Ok(mask) = common::Mask::decode(bytes).map_err(drop).and_then(|mask| from_mask(mask).map_err(drop)) else {
        return false;
    };
    let total = u64::from(mask.width) * u64::from(mask.height);
    assert!(mask.count() <= total, "{} of {total}", mask.count());
    assert_eq!(mask.iou(&mask), f32::from(u8::from(mask.count() > 0)));
    assert_eq!(from_mask(to_mask(mask.clone())), Ok(mask.clone()));
    if total > MOST_CELLS {
        return true;
    }
    let cells = mask.decode();
    assert_eq!(cells.len() as u64, total);
    assert_eq!(cells.iter().filter(|inside| **inside).count() as u64, mask.count());
    let again = Mask::encode(mask.width, mask.height, &cells);
    assert_eq!(again.decode(), cells);
    assert_eq!(again.iou(&mask), mask.iou(&mask));
    let Some(around) = mask.bounding_box(100, 50) else {
        assert_eq!(mask.count(), 0);
        return true;
    };
    assert!(around.area() > 0.0 && around.clipped(100, 50).iou(&around) > 0.999, "{around:?}");
    true
}
