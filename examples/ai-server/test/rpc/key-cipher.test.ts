import { describe, expect, it } from "vitest";
import { type CipherKey, KeyCipher, parseCipherKey, randomCipherKey } from "../../src/rpc/key-cipher.ts";

const key = (id: string, byte: number): CipherKey => ({ id, secret: Buffer.alloc(32, byte) });
const unreadable = expect.objectContaining({ code: "KEY_UNREADABLE" }) as Error;

describe("KeyCipher", () => {
  const cipher = new KeyCipher([key("a", 1)]);

  it("opens what it sealed, for the same place only", () => {
    const sealed = cipher.seal("sk-1234", "7 saved");
    expect(cipher.open(sealed, "7 saved")).toBe("sk-1234");
    expect(() => cipher.open(sealed, "8 saved")).toThrow(unreadable);
  });

  it("seals the same text differently each time, and shows none of it", () => {
    const [one, other] = [cipher.seal("sk-1234", "x"), cipher.seal("sk-1234", "x")];
    expect(one.ciphertext).not.toEqual(other.ciphertext);
    expect(one.iv).toHaveLength(12);
    expect(Buffer.concat([one.iv, one.ciphertext]).includes("sk-1234")).toBe(false);
  });

  it("notices every changed byte", () => {
    const sealed = cipher.seal("sk-1234", "x");
    for (let i = 0; i < sealed.ciphertext.length; i += 1) {
      const ciphertext = Buffer.from(sealed.ciphertext);
      ciphertext[i]! ^= 1;
      expect(() => cipher.open({ ...sealed, ciphertext }, "x")).toThrow(unreadable);
    }
    expect(() => cipher.open({ ...sealed, ciphertext: Buffer.alloc(3) }, "x")).toThrow(unreadable);
  });

  it("opens with an earlier key, seals with the current one", () => {
    const sealed = cipher.seal("sk-1234", "x");
    const rotated = new KeyCipher([key("b", 2), key("a", 1)]);
    expect(rotated.open(sealed, "x")).toBe("sk-1234");
    expect(rotated.seal("sk-1234", "x").keyId).toBe("b");
    expect(() => new KeyCipher([key("b", 2)]).open(sealed, "x")).toThrow(unreadable);
  });
});

describe("parseCipherKey", () => {
  const base64 = Buffer.alloc(32, 255).toString("base64");

  it("reads base64 with and without an id", () => {
    expect(parseCipherKey(`v2:${base64}`)).toEqual({ id: "v2", secret: Buffer.alloc(32, 255) });
    expect(parseCipherKey(base64)).toEqual({ id: "af9613760f72635f".slice(0, 8), secret: Buffer.alloc(32, 255) });
    expect(parseCipherKey(Buffer.alloc(32, 255).toString("base64url"))?.secret).toEqual(Buffer.alloc(32, 255));
  });

  it.each([
    "",
    "x",
    Buffer.alloc(31).toString("base64"),
    Buffer.alloc(33).toString("base64"),
    `:${base64}`,
    `a-b:${base64}`,
    `12345678901234567:${base64}`,
  ])("refuses %j", (given) => {
    expect(parseCipherKey(given)).toBeUndefined();
  });
});

it("makes another key for each run", () => {
  expect(randomCipherKey().secret).not.toEqual(randomCipherKey().secret);
});
