"""Finds faces, hands and limbs in the scenes: `parts.py SCENES` writes SCENES/parts.json, boxes (x, y, w, h) by scene.

Models: MediaPipe's, which its package carries (Apache-2.0). A limb or foot counts only where the whole body was found.
"""

import json
import sys
from pathlib import Path

import cv2
import mediapipe
import numpy as np

SEEN_AT = 768  # hands of small pictures are found more often in larger ones
SURE = 0.5
VISIBLE = 0.7
POSE = mediapipe.solutions.pose.PoseLandmark
LIMBS = [
    [f"{side}_{joint}" for joint in joints]
    for side in ("LEFT", "RIGHT")
    for joints in (("ELBOW", "WRIST", "INDEX"), ("KNEE", "ANKLE"), ("HEEL", "ANKLE", "FOOT_INDEX"))
]


def around(points, side, grow):
    """The box around relative points, larger by a share of itself, within the picture; None when it is outside."""
    low, high = np.min(points, 0), np.max(points, 0)
    room = np.maximum((high - low) * grow, 0.01)
    low, high = np.clip(low - room, 0, 1) * side, np.clip(high + room, 0, 1) * side
    width, height = np.round(high - low).astype(int)
    return [int(low[0]), int(low[1]), int(width), int(height)] if min(width, height) > 4 else None


class Finder:
    def __init__(self):
        solutions = mediapipe.solutions
        self.faces = solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=SURE)
        self.hands = solutions.hands.Hands(static_image_mode=True, max_num_hands=4, min_detection_confidence=SURE)
        self.pose = solutions.pose.Pose(static_image_mode=True, min_detection_confidence=0.6)

    def boxes(self, pixels):
        side = pixels.shape[0]
        large = cv2.resize(pixels, (SEEN_AT, SEEN_AT), interpolation=cv2.INTER_CUBIC)
        found = []
        for face in self.faces.process(large).detections or []:
            box = face.location_data.relative_bounding_box
            corners = np.array([[box.xmin, box.ymin], [box.xmin + box.width, box.ymin + box.height]])
            found.append(around(corners, side, 0.1))
        for hand in self.hands.process(large).multi_hand_landmarks or []:
            found.append(around(np.array([[point.x, point.y] for point in hand.landmark]), side, 0.12))
        body = self.pose.process(large).pose_landmarks
        for limb in LIMBS if body else []:
            joints = [body.landmark[POSE[name]] for name in limb]
            if all(joint.visibility > VISIBLE and 0 < joint.x < 1 and 0 < joint.y < 1 for joint in joints):
                found.append(around(np.array([[joint.x, joint.y] for joint in joints]), side, 0.25))
        return [box for box in found if box]


def main(scenes):
    finder, parts = Finder(), {}
    for path in sorted(Path(scenes).glob("*/*.npz")):
        with np.load(path) as kept:
            if boxes := finder.boxes(kept["pixels"]):
                parts[str(path.relative_to(scenes))] = boxes
    (Path(scenes) / "parts.json").write_text(json.dumps(parts, indent=0), encoding="utf-8")
    print(f"{sum(map(len, parts.values()))} parts in {len(parts)} scenes")


if __name__ == "__main__":
    main(*sys.argv[1:])
