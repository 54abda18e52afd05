import type { Key } from "../i18n/translate.ts";
import type { Account, SignInResult } from "./accounts-api.ts";

export type SignInField = keyof Account;

type ErrorKey = Extract<Key, `sign.error.${string}`>;

/** What is wrong with each field, and with none of them in particular. */
export type FieldErrors = { readonly [Name in SignInField | "form"]?: ErrorKey };

/** The server's limits count bytes. */
const USERNAME_BYTES = [4, 100] as const;
const PASSWORD_BYTES = [10, 100] as const;
const MAX_EMAIL_BYTES = 100;
/** The server looks closer; this finds slips of the finger. */
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** Finds what the server would refuse anyway. */
export function checkAccount({ username, email, password }: Account, kind: "up" | "in"): FieldErrors {
  return {
    ...(kind === "up" ? checked("username", username, within(username, USERNAME_BYTES), "sign.error.username") : {}),
    ...checked("email", email, EMAIL.test(email) && bytes(email) <= MAX_EMAIL_BYTES, "sign.error.email"),
    ...checked("password", password, within(password, PASSWORD_BYTES), "sign.error.password"),
  };
}

/** Where the server's refusal is shown, and what it says. */
export function failureOf({ id, message }: Extract<SignInResult, { ok: false }>): FieldErrors {
  switch (id) {
    case "USERNAME_EXISTS":
      return { username: "sign.error.usernameTaken" };
    case "EMAIL_EXISTS":
      return { email: "sign.error.emailTaken" };
    case "LOGIN_FAILED":
      return { form: "sign.error.login" };
    case "RATE_LIMITED":
      return { form: "sign.error.rateLimited" };
    case "UNAVAILABLE":
      return { form: "sign.error.busy" };
    case "NETWORK":
      return { form: "sign.error.network" };
    default:
      return fieldOf(message);
  }
}

/** The server's message begins with the name of the field. */
function fieldOf(message: string): FieldErrors {
  const name = (["username", "email", "password"] as const).find((each) => message.startsWith(`${each}:`));
  return name === undefined ? { form: "sign.error.server" } : { [name]: `sign.error.${name}` };
}

function checked(name: SignInField, value: string, isGood: boolean, error: ErrorKey): FieldErrors {
  if (value === "") return { [name]: "sign.error.required" };
  return isGood ? {} : { [name]: error };
}

function within(text: string, [min, max]: readonly [number, number]): boolean {
  const length = bytes(text);
  return length >= min && length <= max;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
