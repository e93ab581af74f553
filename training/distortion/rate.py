"""Examples that the injection engine makes in a second, on all cores: `rate.py SCENES PICTURES`. Seeded."""

import sys
import time
from multiprocessing import Pool, cpu_count

import cv2
import numpy as np

import inject
from scenes import load, paths, scripts

SCENES, EACH = 24, 10


def made(job):
    scene, words, seed = job
    cv2.setNumThreads(1)
    random = np.random.default_rng(seed)
    return sum(len(inject.example(scene, random, words)[2]) for _ in range(EACH))


def main(folder, pictures):
    words, files = scripts(pictures, "train"), paths(folder, "train")
    files = [files[at] for at in np.random.default_rng(1).permutation(len(files))[:SCENES]]
    jobs = [(load(path), words, seed) for seed, path in enumerate(files)]
    with Pool(cpu_count()) as pool:
        pool.map(made, jobs[:2])
        began = time.perf_counter()
        faults = sum(pool.imap_unordered(made, jobs))
        seconds = time.perf_counter() - began
    print(f"{len(jobs) * EACH / seconds:.1f} examples a second on {cpu_count()} cores, {faults} faults in {len(jobs) * EACH} examples")


if __name__ == "__main__":
    main(*sys.argv[1:])
