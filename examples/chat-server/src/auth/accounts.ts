import { isServertechError } from "@servertech/core";
import type { DbPool } from "@servertech/db-pool";
import { ApiError, badRequest } from "../http/responses.ts";
import { isEmail } from "./email.ts";
import type { Passwords } from "./password.ts";

export interface User {
  readonly id: number;
  readonly username: string;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

const bytes = (text: string): number => Buffer.byteLength(text);

/** How many names are kept in memory. */
const MAX_NAMES = 50_000;

/** Accounts in MySQL. Lengths are counted in UTF-8 bytes and checked in the order of servertech-chat. */
export class Accounts {
  readonly #db: DbPool;
  readonly #passwords: Passwords;
  /** Names by id. They never change. */
  readonly #names = new Map<number, string>();

  constructor(db: DbPool, passwords: Passwords) {
    this.#db = db;
    this.#passwords = passwords;
  }

  /** @throws ApiError 400 with what is wrong with the name, the address or the password, or that one is taken. */
  async create({ username, email, password }: Credentials & { readonly username: string }): Promise<User> {
    if (bytes(username) < 4 || bytes(username) > 100) throw badRequest("username: invalid size");
    checkCredentials({ email, password });
    const hash = await this.#passwords.hash(password);
    try {
      const sql = "INSERT INTO users (username, email, password) VALUES (?, ?, ?)";
      const { insertId } = await this.#db.run(sql, [username, email, hash]);
      return { id: Number(insertId), username };
    } catch (error) {
      throw takenError(error) ?? error;
    }
  }

  /** The account of an address and password; undefined when there is none, after the same time. */
  async login({ email, password }: Credentials): Promise<User | undefined> {
    checkCredentials({ email, password });
    const sql = "SELECT id, username, password FROM users WHERE email = ?";
    const found = await this.#db.maybeOne<{ id: number; username: string; password: string }>(sql, [email]);
    const { valid, outdated } = await (found === undefined
      ? this.#passwords.verifyNothing(password)
      : this.#passwords.verify(password, found.password));
    if (found === undefined || !valid) return undefined;
    if (outdated) await this.#rehash(found.id, password);
    return { id: found.id, username: found.username };
  }

  async #rehash(id: number, password: string): Promise<void> {
    await this.#db.run("UPDATE users SET password = ? WHERE id = ?", [await this.#passwords.hash(password), id]);
  }

  async byId(id: number): Promise<User | undefined> {
    const username = (await this.namesOf([id])).get(id);
    return username === undefined ? undefined : { id, username };
  }

  /** The names of users, by id. An id without an account is missing in the result. */
  async namesOf(ids: Iterable<number>): Promise<ReadonlyMap<number, string>> {
    const names = new Map<number, string>();
    const unknown: number[] = [];
    for (const id of new Set(ids)) {
      const name = this.#names.get(id);
      if (name === undefined) unknown.push(id);
      else names.set(id, name);
    }
    if (unknown.length > 0) {
      const marks = unknown.map(() => "?").join(", ");
      const sql = `SELECT id, username FROM users WHERE id IN (${marks})`;
      for (const { id, username } of await this.#db.query<{ id: number; username: string }>(sql, unknown)) {
        names.set(id, username);
        this.#remember(id, username);
      }
    }
    return names;
  }

  #remember(id: number, name: string): void {
    this.#names.set(id, name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > MAX_NAMES && oldest !== undefined) this.#names.delete(oldest);
  }
}

function checkCredentials({ email, password }: Credentials): void {
  if (bytes(email) > 100) throw badRequest("email: too long");
  if (!isEmail(email)) throw badRequest("email: invalid format");
  if (bytes(password) < 10 || bytes(password) > 100) throw badRequest("password: invalid size");
}

function takenError(error: unknown): ApiError | undefined {
  if (!isServertechError(error, "DUPLICATE_KEY")) return undefined;
  const { key } = error as { key?: string };
  if (key === "username") return new ApiError(400, "USERNAME_EXISTS", "");
  if (key === "email") return new ApiError(400, "EMAIL_EXISTS", "");
  return undefined;
}
