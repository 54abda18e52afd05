import type { MarkedToken, Tokens } from "marked";
import { Fragment, memo, useState } from "react";
import type { Translate } from "../i18n/translate.ts";
import { splitAtMentions } from "../state/mentions.ts";
import { childTokens, parseBlocks } from "./blocks.ts";
import { CodeBlock } from "./code-block.tsx";
import { safeLink } from "./safe-link.ts";
import { isClosedFence } from "./use-highlight.ts";

interface MarkdownProps {
  readonly text: string;
  /** More text will come at the end. */
  readonly growing?: boolean;
  /** Calls of this name (`@name`) stand out. @default "": none does */
  readonly reader?: string;
  readonly t: Translate;
}

/**
 * Shows a text with GitHub's markdown as React elements: nothing of it is ever taken for HTML, no image is loaded, and
 * links lead only to `http`, `https` and `mailto`.
 */
export const Markdown = memo(function Markdown({
  text,
  growing = false,
  reader = "",
  t,
}: MarkdownProps): React.ReactNode {
  const [shown, setShown] = useState(() => ({ text, growing, blocks: parseBlocks(text) }));
  let { blocks } = shown;
  if (shown.text !== text || shown.growing !== growing) {
    blocks = parseBlocks(text, growing ? blocks : undefined);
    setShown({ text, growing, blocks });
  }
  return (
    <div className="markdown">
      {blocks.tokens.map((token, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a block has no name, and those before the last do not change
        <Block key={index} token={token} reader={reader} t={t} />
      ))}
    </div>
  );
});

interface BlockProps {
  readonly token: MarkedToken;
  readonly reader: string;
  readonly t: Translate;
}

/** A block is drawn again only when its text is another one. */
const Block = memo(
  function Block({ token, reader, t }: BlockProps): React.ReactNode {
    return renderToken(token, { t, reader, depth: 0 });
  },
  (a, b) => a.token.raw === b.token.raw && a.token.type === b.token.type && a.t === b.t && a.reader === b.reader,
);

interface Context {
  readonly t: Translate;
  readonly reader: string;
  readonly depth: number;
}

const MAX_DEPTH = 40;

function renderTokens(tokens: readonly MarkedToken[], context: Context): React.ReactNode {
  const inner = { ...context, depth: context.depth + 1 };
  return tokens.map((token, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- a token has no name, and is drawn again with its whole block
    <Fragment key={index}>{inner.depth > MAX_DEPTH ? token.raw : renderToken(token, inner)}</Fragment>
  ));
}

function renderToken(token: MarkedToken, context: Context): React.ReactNode {
  const children = (parent: { tokens?: Tokens.Generic["tokens"] }): React.ReactNode =>
    renderTokens(childTokens(parent.tokens), context);
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "paragraph":
      return <p>{children(token)}</p>;
    case "text":
      return token.tokens === undefined ? renderText(token.text, context.reader) : children(token);
    case "escape":
      return token.text;
    case "heading":
      return renderHeading(token, children(token));
    case "strong":
      return <strong>{children(token)}</strong>;
    case "em":
      return <em>{children(token)}</em>;
    case "del":
      return <del>{children(token)}</del>;
    case "br":
      return <br />;
    case "hr":
      return <hr />;
    case "codespan":
      return <code>{token.text}</code>;
    case "code":
      return <CodeBlock code={token.text} language={token.lang} closed={isClosedFence(token.raw)} t={context.t} />;
    case "blockquote":
      return <blockquote>{children(token)}</blockquote>;
    case "list":
      return renderList(token, context);
    case "list_item":
      return <li>{children(token)}</li>;
    case "checkbox":
      return <Checkbox checked={token.checked} t={context.t} />;
    case "table":
      return renderTable(token, context);
    case "link":
      return renderLink(token.href, children(token));
    case "image":
      return renderLink(token.href, context.t("markdown.image", { text: token.text === "" ? token.href : token.text }));
    case "html":
      return token.block ? <p>{token.raw.trimEnd()}</p> : token.raw;
    default:
      return (token satisfies never as MarkedToken).raw;
  }
}

function renderText(text: string, reader: string): React.ReactNode {
  const parts = splitAtMentions(text, reader);
  if (parts.length === 1 && parts[0]?.isMention === false) return text;
  return parts.map((part, index) =>
    // oxlint-disable-next-line react/no-array-index-key -- a part has no name, and is drawn again with its whole text
    part.isMention ? <mark key={index}>{part.text}</mark> : <Fragment key={index}>{part.text}</Fragment>,
  );
}

/** The page itself has the two highest ranks. */
function renderHeading({ depth }: Tokens.Heading, children: React.ReactNode): React.ReactNode {
  const Tag = `h${Math.min(6, depth + 2)}` as "h3" | "h4" | "h5" | "h6";
  return <Tag className={`heading-${depth}`}>{children}</Tag>;
}

function renderLink(href: string, children: React.ReactNode): React.ReactNode {
  const safe = safeLink(href);
  if (safe === undefined) return children;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function renderList({ ordered, start, items }: Tokens.List, context: Context): React.ReactNode {
  const children = renderTokens(items, context);
  if (!ordered) return <ul className={items.some(({ task }) => task) ? "tasks" : undefined}>{children}</ul>;
  return <ol start={start === "" || start === 1 ? undefined : start}>{children}</ol>;
}

function Checkbox({ checked, t }: { readonly checked: boolean; readonly t: Translate }): React.ReactNode {
  return (
    <span
      className={checked ? "task task-done" : "task"}
      role="img"
      aria-label={t(checked ? "markdown.done" : "markdown.open")}
    />
  );
}

function renderTable({ header, rows }: Tokens.Table, context: Context): React.ReactNode {
  const cell = (Tag: "th" | "td", { align, tokens }: Tokens.TableCell, index: number): React.ReactNode => (
    <Tag key={index} className={align === null ? undefined : `align-${align}`}>
      {renderTokens(childTokens(tokens), context)}
    </Tag>
  );
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a wide table scrolls; the keyboard must reach it
    <div className="table" tabIndex={0}>
      <table>
        <thead>
          <tr>{header.map((each, index) => cell("th", each, index))}</tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- a row has no name, and is drawn again with its whole table
            <tr key={index}>{row.map((each, column) => cell("td", each, column))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
