"""What is embedded: the pictures and the prompts whose means centre the joint space.

`sources.py` prints the lines that `embed` reads.
"""

import importlib.util
from pathlib import Path

HERE = Path(__file__).parent


def lines(name):
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def inputs():
    """Every line to embed."""
    [folder] = importlib.util.find_spec("comfyui_workflow_templates_media_image").submodule_search_locations
    prompts = lines("prompts.txt")
    images = [f"image\t{Path(folder) / 'templates' / name}" for name in lines("pictures.txt")]
    # In turn, so that a busy machine slows both encoders alike.
    return images + [f"{encoder}\t{prompt}" for prompt in prompts for encoder in ("rendered", "learned")]


if __name__ == "__main__":
    print("\n".join(inputs()))
