import { flat, jsonString } from "./json-string.ts";
import { MessageEnds } from "./message-ends.ts";
import { JsonWriter } from "./json-value.ts";
import { type HiddenNode, type Redaction, childNode } from "./redaction.ts";

/** Turns the value of one field into what is written. */
export type Serializer = (value: unknown) => unknown;

/** Serializers by the name of the field. */
export type Serializers = Readonly<Record<string, Serializer>>;

const MAX_CACHED_KEYS = 4_096;

/** How the field of one name is written. */
export interface FieldPlan {
  readonly key: string;
  /** `,"key":` */
  readonly text: string;
  /** The same with the quote of a text. */
  readonly quote: string;
  /** Neither serialized nor hidden. */
  readonly plain: boolean;
  readonly serializer: Serializer | undefined;
  /** What is hidden in the value; the whole of it where `hidden` says so. */
  readonly node: HiddenNode | undefined;
  readonly hidden: boolean;
}

/** What a logger does with fields and messages; children without such options share that of their parent. */
export class LineStyle {
  readonly serializers: Serializers;
  readonly redaction: Redaction | undefined;
  readonly messagePrefix: string;
  readonly json: JsonWriter;
  readonly message: FieldPlan;
  readonly ends: MessageEnds = new MessageEnds();
  readonly #plans = new Map<string, FieldPlan>();

  constructor(serializers: Serializers, redaction: Redaction | undefined, messagePrefix: string) {
    this.serializers = serializers;
    this.redaction = redaction;
    this.messagePrefix = messagePrefix;
    this.json = new JsonWriter(redaction);
    this.message = this.plan("msg");
  }

  plan(key: string): FieldPlan {
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const serializer = Object.hasOwn(this.serializers, key) ? this.serializers[key] : undefined;
    const node = this.redaction === undefined ? undefined : childNode(this.redaction.root, key);
    const hidden = node?.hidden === true || this.redaction?.keys.has(key) === true;
    const plain = serializer === undefined && node === undefined && !hidden;
    const text = flat(`,${jsonString(key)}:`);
    const plan = { key, text, quote: flat(`${text}"`), plain, serializer, node, hidden };
    if (this.#plans.size < MAX_CACHED_KEYS) this.#plans.set(key, plan);
    return plan;
  }
}
