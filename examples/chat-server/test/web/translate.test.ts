import { describe, expect, it } from "vitest";
import { checkAccount, failureOf } from "../../web/src/app/sign-in-check.ts";
import {
  type Key,
  type Plural,
  dictionaries,
  errorText,
  preferredLanguage,
  translator,
} from "../../web/src/i18n/translate.ts";

const forms = (text: string | Plural): string[] => (typeof text === "string" ? [text] : Object.values(text));
const names = (text: string | Plural): string[] => [
  ...new Set(forms(text).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name))),
];
const keys = Object.keys(dictionaries.en) as Key[];

describe("the dictionaries", () => {
  it("say the same things", () => {
    expect(Object.keys(dictionaries["zh-CN"]).toSorted()).toEqual(keys.toSorted());
  });

  it.each(keys)("fill in the same values in %s, and leave none of it empty", (key) => {
    const [en, zh] = [dictionaries.en[key], dictionaries["zh-CN"][key]];
    expect(names(zh).toSorted()).toEqual(names(en).toSorted());
    for (const form of [...forms(en), ...forms(zh)]) expect(form.trim()).not.toBe("");
  });

  it.each(["en", "zh-CN"] as const)("have each plural form that %s uses", (language) => {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    const plurals = Object.values(dictionaries[language]).filter((text) => typeof text !== "string");
    expect(plurals.length).toBeGreaterThan(0);
    for (const plural of plurals) expect(Object.keys(plural).toSorted()).toEqual(categories);
  });

  it("are in different languages", () => {
    const same = keys.filter((key) => forms(dictionaries.en[key])[0] === forms(dictionaries["zh-CN"][key])[0]);
    expect(same).toEqual(["app.name"]);
  });
});

describe("translator", () => {
  it("fills in values and chooses the plural form", () => {
    const t = translator("en");
    expect(t("rooms.unread", { count: 1 })).toBe("1 unread message");
    expect(t("rooms.unread", { count: 1_200 })).toBe("1,200 unread messages");
    expect(translator("zh-CN")("rooms.unread", { count: 1 })).toBe("1 条未读消息");
  });

  it("takes a value as it is", () => {
    expect(translator("en")("rooms.you", { text: "{count} $& <b>" })).toBe("You: {count} $& <b>");
  });
});

describe("errorText", () => {
  it("knows the codes and names the others", () => {
    const t = translator("en");
    expect(errorText(t, "AI_KEY_REFUSED")).toBe("The key was refused.");
    expect(errorText(t, "AI_NEW")).toContain("AI_NEW");
    expect(errorText(t, "unknown")).toContain("(unknown)");
    expect(errorText(t, "__proto__")).toContain("__proto__");
  });
});

describe("preferredLanguage", () => {
  it.each([
    [["zh-TW", "en"], "zh-CN"],
    [["de", "en-GB"], "en"],
    [["de"], "en"],
    [[], "en"],
  ] as const)("takes from %j %s", (wanted, language) => expect(preferredLanguage(wanted)).toBe(language));
});

describe("checkAccount", () => {
  const good = { username: "anna", email: "a@example.com", password: "ten letter" };

  it.each([
    [good, {}],
    [{ ...good, username: "ann" }, { username: "sign.error.username" }],
    [{ ...good, username: "安娜" }, {}],
    [{ ...good, username: "安".repeat(34) }, { username: "sign.error.username" }],
    [{ ...good, email: "a.example.com" }, { email: "sign.error.email" }],
    [{ ...good, email: `${"a".repeat(90)}@example.com` }, { email: "sign.error.email" }],
    [{ ...good, password: "too short" }, { password: "sign.error.password" }],
    [{ ...good, password: "" }, { password: "sign.error.required" }],
  ])("finds in %j %j", (account, errors) => expect(checkAccount(account, "up")).toEqual(errors));

  it("asks for no name at a log-in", () => {
    expect(checkAccount({ ...good, username: "" }, "in")).toEqual({});
  });
});

describe("failureOf", () => {
  it.each([
    ["USERNAME_EXISTS", "", { username: "sign.error.usernameTaken" }],
    ["EMAIL_EXISTS", "", { email: "sign.error.emailTaken" }],
    ["BAD_REQUEST", "email: invalid format", { email: "sign.error.email" }],
    ["BAD_REQUEST", "Invalid body provided", { form: "sign.error.server" }],
    ["LOGIN_FAILED", "Login failed", { form: "sign.error.login" }],
    ["RATE_LIMITED", "", { form: "sign.error.rateLimited" }],
    ["UNAVAILABLE", "", { form: "sign.error.busy" }],
    ["NETWORK", "", { form: "sign.error.network" }],
  ])("shows %s %j where it belongs", (id, message, errors) => {
    expect(failureOf({ ok: false, id, message, retryAfterMs: undefined })).toEqual(errors);
  });
});
