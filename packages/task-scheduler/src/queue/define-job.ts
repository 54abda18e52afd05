import { optionChecks } from "@servertech/core";
import type { TaskContext } from "../task-context.ts";

/** Shared by all installed copies of this package. */
const JOB: unique symbol = Symbol.for("servertech.task-scheduler.job");

/** What JSON carries unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** `T` if JSON carries it unchanged, else `never`: closures, buffers, dates and the like cannot go to another machine. */
export type Portable<T> = T extends string | number | boolean | null
  ? T
  : T extends (...args: never[]) => unknown
    ? never
    : T extends readonly unknown[] | object
      ? T extends
          | Date
          | ArrayBufferLike
          | ArrayBufferView
          | ReadonlyMap<unknown, unknown>
          | ReadonlySet<unknown>
          | bigint
        ? never
        : { [K in keyof T]: undefined extends T[K] ? Portable<Exclude<T[K], undefined>> | undefined : Portable<T[K]> }
      : never;

/** What makes JSON of an input that is none, and back. */
export interface JobCodec<Input> {
  encode(input: Input): Json;
  decode(value: Json): Input;
}

/** What a job is called, takes and does. */
export interface JobDefinition<Input, R> {
  /** Known to all processes of the queue. 1 to 200 characters. */
  name: string;
  /** Checks what came from Redis, which another version of the program may have sent; throws on anything wrong. */
  input(value: unknown): Input;
  /** Runs at least once for each call: `jobId` helps to do it only once. */
  run(input: Input, context: TaskContext): R;
  /** For inputs that JSON does not carry. @default none */
  codec?: JobCodec<Input> | undefined;
}

/** Work that runs in any process of a queue: `scheduler.run(job, { args: [input] })`. */
export interface Job<Input = unknown, R = unknown> {
  readonly name: string;
  readonly [JOB]: JobDefinition<Input, R>;
}

/** The definition as whoever runs jobs sees it: the input went through `definition.input`. */
export type AnyJobDefinition = JobDefinition<unknown, unknown>;

/**
 * Makes a job of a function.
 *
 * @throws OptionError
 */
export function defineJob<Input, R>(
  definition: JobDefinition<Input, R> & ([Input] extends [Portable<Input>] ? unknown : { codec: JobCodec<Input> }),
): Job<Input, R> {
  const check = optionChecks(definition, ["name", "input", "run", "codec"]);
  check.object("definition", definition, ["input", "run"]);
  check.string("name", definition?.name, { maxLength: 200 });
  if (definition?.codec !== undefined) check.object("codec", definition.codec, ["encode", "decode"]);
  return check.done(Object.freeze({ name: definition?.name, [JOB]: definition }));
}

/** What `target` stands for if it is a job. */
export function jobDefinition(target: object): AnyJobDefinition | undefined {
  return (target as { readonly [JOB]?: AnyJobDefinition })[JOB];
}
