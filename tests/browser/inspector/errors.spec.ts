import type { Page } from "@playwright/test";
import { bytesOf, calls, cat, expect, failing, files, fill, promptField, scoreButton, test } from "./page";

// A status with one detail, as google.rpc defines it: see web/proto/google/rpc/error_details.proto.
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)]);
const bytes = (field: number, value: string | number[]) => {
  const raw = typeof value === "string" ? [...Buffer.from(value)] : value;
  return [(field << 3) | 2, ...varint(raw.length), ...raw];
};
const detail = (type: string, value: number[]) => bytes(3, [...bytes(1, `type.googleapis.com/google.rpc.${type}`), ...bytes(2, value)]);
const status = (code: number, ...details: number[][]) => new Uint8Array([8, code, ...details.flat()]);
const reason = (name: string) => detail("ErrorInfo", [...bytes(1, name), ...bytes(2, "cpaiqa")]);
const retryIn = (seconds: number) => detail("RetryInfo", bytes(1, [8, ...varint(seconds)]));

const note = (page: Page) => page.getByRole("alert");

async function tried(page: Page, picture = cat): Promise<void> {
  await page.goto("./");
  await fill(page, picture);
  await scoreButton(page).click();
}

test("a_file_that_is_no_picture_is_refused_before_it_is_sent", async ({ page }) => {
  let sent = 0;
  page.on("request", (request) => (sent += Number(calls("ScoreProgress").test(request.url()))));
  await page.goto("./");
  await files(page).setInputFiles({ name: "notes.png", mimeType: "image/png", buffer: Buffer.from("these are notes") });
  await expect(note(page)).toContainText("This is not a picture that can be scored");
  await expect(note(page)).toContainText("PNG, JPEG, WebP, GIF or BMP");
  await expect(note(page)).toContainText("notes.png");
  expect(sent).toBe(0);
});

test("a_picture_that_is_too_large_says_how_large_it_may_be", async ({ page }) => {
  await page.goto("./");
  const transfer = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(33 * 1024 * 1024)], "huge.png", { type: "image/png" }));
    return data;
  });
  await page.locator(".score-welcome .drop").dispatchEvent("drop", { dataTransfer: transfer });
  await expect(note(page)).toContainText("The picture is too large");
  await expect(note(page)).toContainText("at most 33554432");
});

test("what_the_gateway_refuses_names_the_field_and_can_be_put_right", async ({ page }) => {
  await tried(page, { ...cat, prompt: "plane ".repeat(2000) });
  await expect(note(page)).toContainText("The gateway cannot work with this");
  await expect(note(page)).toContainText("About “prompt”: expected at most 8192 bytes");
  await promptField(page).fill(cat.prompt);
  await note(page).getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".result")).toBeVisible({ timeout: 60_000 });
  await expect(note(page)).toHaveCount(0);
});

test("a_gateway_that_wants_to_know_who_asks_is_given_a_key", async ({ page }) => {
  await page.goto("./");
  // A wrong key is refused also where none is asked for.
  await page.getByRole("button", { name: "API key" }).click();
  await page.getByLabel("API key", { exact: true }).last().fill("cpaiqa_wrong");
  await page.getByRole("button", { name: "Use this key" }).click();
  await fill(page, cat);
  await scoreButton(page).click();
  await expect(note(page)).toContainText("The gateway asks who you are");
  await note(page).getByRole("button", { name: "Enter an API key" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.getByRole("button", { name: "Forget it" }).click();
  const call = page.waitForRequest(calls("ScoreProgress"));
  await note(page).getByRole("button", { name: "Try again" }).click();
  expect((await call).headers().authorization).toBeUndefined();
  await expect(page.locator(".result")).toBeVisible({ timeout: 60_000 });
});

test("a_refusal_is_told_also_where_the_gateway_hangs_up_on_a_large_picture", async ({ page }) => {
  await page.goto("./");
  await page.getByRole("button", { name: "API key" }).click();
  await page.getByLabel("API key", { exact: true }).last().fill("cpaiqa_wrong");
  await page.keyboard.press("Enter");
  // A picture stays one with zeroes behind its end.
  const buffer = Buffer.concat([bytesOf("cat-on-throne.jpg"), Buffer.alloc(8_000_000)]);
  await files(page).setInputFiles({ name: "large.jpg", mimeType: "image/jpeg", buffer });
  await promptField(page).fill(cat.prompt);
  await scoreButton(page).click();
  await expect(note(page)).toContainText("The gateway asks who you are");
});

test("the_key_goes_with_every_call_and_is_kept_for_the_tab_only", async ({ page, context }) => {
  await page.goto("./");
  await page.getByRole("button", { name: "API key" }).click();
  await page.getByLabel("API key", { exact: true }).last().fill(" cpaiqa_mine ");
  await page.keyboard.press("Enter");
  await fill(page, cat);
  const call = page.waitForRequest(calls("ScoreProgress"));
  await scoreButton(page).click();
  expect((await call).headers().authorization).toBe("Bearer cpaiqa_mine");
  await page.reload();
  await expect(page.getByRole("button", { name: "API key (one is set)" })).toBeVisible();
  const other = await context.newPage();
  await other.goto("./");
  await expect(other.getByRole("button", { name: "API key", exact: true })).toBeVisible();
});

test("a_gateway_that_is_not_there_says_so_and_the_page_still_stands", async ({ page }) => {
  await page.route(calls(".*"), (route) => route.abort("connectionrefused"));
  await tried(page);
  await expect(note(page)).toContainText("The gateway cannot be reached");
  await expect(page.getByText("The gateway cannot be reached.")).toBeVisible();
  await page.unroute(calls(".*"));
  await note(page).getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".result")).toBeVisible({ timeout: 60_000 });
});

test("a_connection_that_breaks_midway_is_told_and_not_waited_for", async ({ page }) => {
  await page.route(calls("ScoreProgress"), (route) =>
    route.fulfill({ status: 200, headers: { "content-type": "application/grpc-web+proto" }, body: Buffer.from([0, 0, 0, 0, 9, 10]) }),
  );
  await tried(page);
  await expect(note(page)).toContainText("The connection broke");
  await expect(scoreButton(page)).toBeEnabled();
});

test("a_used_up_allowance_says_which_one_and_when_to_come_back", async ({ page }) => {
  const violation = bytes(1, [...bytes(1, "pictures_per_day"), ...bytes(2, "10 of 10 pictures of the day are used")]);
  const details = status(8, reason("QUOTA_EXCEEDED"), detail("QuotaFailure", violation), retryIn(3600));
  await page.route(calls("ScoreProgress"), failing(8, "quota", details));
  await tried(page);
  await expect(note(page)).toContainText("Your allowance is used up");
  await expect(note(page)).toContainText("10 of 10 pictures of the day are used");
  await expect(note(page)).toContainText(/It can be tried again at .*\d\d:\d\d/);
});

test("an_overload_is_no_fault_of_the_picture", async ({ page }) => {
  await page.route(calls("ScoreProgress"), failing(8, "overloaded: queue full", status(8, reason("OVERLOADED"), retryIn(1))));
  await tried(page);
  await expect(note(page)).toContainText("The gateway has too much to do");
});

for (const [code, title] of [
  [4, "It took too long"],
  [7, "Your key does not allow this"],
  [13, "Something went wrong in the gateway"],
] as const) {
  test(`status_${code}_is_said_in_words`, async ({ page }) => {
    await page.route(calls("ScoreProgress"), failing(code, "the gateway's words"));
    await tried(page);
    await expect(note(page)).toContainText(title);
    await expect(note(page)).toContainText("the gateway's words");
  });
}

test("a_service_behind_the_gateway_that_is_down_differs_from_no_gateway", async ({ page }) => {
  await page.route(calls("ScoreProgress"), failing(14, "unavailable: alignment", status(14, reason("UNAVAILABLE"))));
  await tried(page);
  await expect(note(page)).toContainText("A part of the gateway is down");
});
