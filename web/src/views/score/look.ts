// Brings the picture into sight when something in it was asked for.

/** Where the findings lie beneath the picture; beside it, it is in sight anyway. */
export function lookAtPicture(): void {
  if (matchMedia("(max-width: 1240px)").matches) document.querySelector(".shown")?.scrollIntoView({ block: "start" });
}
