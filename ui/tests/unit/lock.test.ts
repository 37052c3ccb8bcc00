import { waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { CASES } from "../fake/cases";
import { Refusal } from "../fake/table";
import { all, get, openWindow, sent, tap } from "./window";
import { user } from "./window";

async function pin(digits: string) {
  for (const d of digits) await tap(`pad-${d}`);
}

describe("locked screen", () => {
  it("shows the staff and no patient", async () => {
    openWindow("locked");
    await get("staff-s1");
    expect(document.body.textContent).not.toContain("郑桂叶");
  });

  it("signs in after the sixth digit and opens the role's own page", async () => {
    openWindow("locked");
    await tap("staff-s3");
    await pin("135790");
    await get("page-pharmacy");
  });

  it("says how often a PIN was wrong, then how long to wait, and takes no digits meanwhile", async () => {
    const fake = openWindow("locked");
    await tap("staff-s1");
    await pin("111111");
    expect((await get("lock-attempts")).textContent).toContain("1");
    expect((await get("lock-error")).dataset.code).toBe("unlock.wrong_pin");
    await pin("111111");
    await pin("111111");
    await get("lock-wait");
    expect((await get("pad-1")).hasAttribute("disabled")).toBe(true);
    expect(sent(fake, "session.sign_in")).toHaveLength(3);
  });

  it("asks for the password once, then for the PIN twice", async () => {
    const fake = openWindow("locked");
    await tap("staff-s2");
    await user.type(await get("first-password"), "correct horse");
    await tap("first-next");
    await pin("246813");
    await pin("246810");
    expect((await get("lock-state")).textContent).toContain("两次不一样");
    await pin("246813");
    await pin("246813");
    await get("page-today");
    expect(sent(fake, "session.first_sign_in")).toEqual([
      { staff: "s2", password: "correct horse", new_pin: "246813" },
    ]);
  });

  it("takes the PIN from the keyboard", async () => {
    openWindow("locked");
    await tap("staff-s3");
    await user.keyboard("1357{Backspace}790");
    await get("page-pharmacy");
  });

  it("shows the password to who asks for it", async () => {
    openWindow("locked");
    await tap("staff-s2");
    await tap("first-password-show");
    expect((await get("first-password")).getAttribute("type")).toBe("text");
  });

  it("asks for another PIN, not for the password again, when the PIN is too simple", async () => {
    openWindow("locked", (f) => (f.refuse["session.first_sign_in"] = new Refusal("unlock.pin_too_simple")));
    await tap("staff-s2");
    await user.type(await get("first-password"), "correct horse");
    await tap("first-next");
    await pin("111111");
    await pin("111111");
    expect((await get("lock-error")).dataset.code).toBe("unlock.pin_too_simple");
    expect((await get("lock-prompt")).textContent).toContain("选一个");
  });

  it("says why the password is asked again after too many wrong PINs", async () => {
    const fake = openWindow("locked");
    await tap("staff-s1");
    fake.refuse["session.sign_in"] = new Refusal("unlock.wrong_pin");
    Object.assign(fake.staff[0]!, { pin_locked: true });
    await pin("111111");
    expect((await get("first-why")).textContent).toContain("PIN 已停用");
    expect(all("lock-attempts")).toHaveLength(0);
  });

  it("says at once of a locked PIN that it is locked, and of a first sign-in that it is one", async () => {
    openWindow("locked", (f) => Object.assign(f.staff[0]!, { pin_locked: true }));
    await tap("staff-s1");
    expect((await get("first-why")).textContent).toContain("错得太多，PIN 已停用");
    expect((await get("first-why")).textContent).toContain("选一个新 PIN");
    expect(all("pad-1")).toHaveLength(0);
    await tap("staff-s2");
    expect((await get("first-why")).textContent).toContain("没有您可用的 PIN");
  });

  it("says after a wrong password that the password was wrong, and nothing of the PIN", async () => {
    const fake = openWindow("locked");
    await tap("staff-s2");
    await user.type(await get("first-password"), "wrong horse 1");
    await tap("first-next");
    Object.assign(fake.staff[1]!, { wrong_attempts: 1 });
    await pin("246813");
    await pin("246813");
    expect((await get("lock-error")).textContent).toContain("密码不对");
    expect((await get("lock-attempts")).textContent).toContain("密码错误 1 次");
    expect((await get("first-why")).textContent).not.toContain("停用");
  });

  it("takes no password while it has to wait", async () => {
    openWindow("locked", (f) =>
      Object.assign(f.staff[1]!, { wrong_attempts: 5, wait_until: Date.now() + 299_000 }),
    );
    await tap("staff-s2");
    await get("lock-wait");
    await user.type(await get("first-password"), "correct horse");
    expect((await get("first-next")).hasAttribute("disabled")).toBe(true);
  });

  it("says of a blocked PIN that the password still works", async () => {
    openWindow("locked", (f) => (f.refuse["session.sign_in"] = new Refusal("unlock.pin_locked")));
    await tap("staff-s1");
    await pin("111111");
    expect((await get("lock-error")).textContent).toContain("密码仍然可用");
  });

  it("keeps the pad in sight behind a long list of people", async () => {
    openWindow("locked", CASES["many-staff"]);
    await tap("staff-s7");
    expect(all("staff-s1")).toHaveLength(0);
    await get("pad-1");
    await tap("lock-other");
    await get("staff-s1");
  });

  it("locks again and shows no patient", async () => {
    openWindow("gp");
    await get("line-row");
    await tap("lock");
    await get("staff-s1");
    expect(document.body.textContent).not.toContain("郑桂叶");
  });
});

describe("a device without a center", () => {
  it("says in words why a code was refused", async () => {
    openWindow("enrol", (fake) => (fake.refuse["device.enrol"] = new Refusal("enrol.code_expired")));
    await user.type(await get("enrol-code"), "XY-1");
    await tap("enrol-submit");
    expect((await get("enrol-error")).textContent).toContain("过期");
  });

  it("goes on to the lock screen once joined", async () => {
    openWindow("enrol");
    await user.type(await get("enrol-code"), "XY-2");
    await tap("enrol-submit");
    await tap("enrol-continue");
    await get("staff-s1");
    await waitFor(() => expect(all("enrol-code")).toHaveLength(0));
  });
});
