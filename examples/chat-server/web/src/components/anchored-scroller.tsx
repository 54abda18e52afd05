import { Component, createRef } from "react";

/** Where the reader is in the list. */
export interface Edges {
  readonly nearTop: boolean;
  readonly nearBottom: boolean;
  readonly atBottom: boolean;
}

export interface AnchoredScrollerProps {
  readonly label: string;
  /** Additions are read out as they come. */
  readonly live: "polite" | "off";
  readonly busy?: boolean;
  /** The list goes on to the newest; at its bottom it follows what comes. */
  readonly complete: boolean;
  /** Called after each scroll and each change of the list. */
  readonly onEdges: (edges: Edges) => void;
  readonly children: React.ReactNode;
}

/** An item on screen, and how far it is from the top of the box, in pixels. */
interface Anchor {
  readonly item: Element;
  readonly top: number;
}

type Place = Anchor | "bottom" | undefined;

const NEAR_PX = 800;
const AT_BOTTOM_PX = 40;

/**
 * A list that scrolls and never jumps: the first item on screen (`data-item`) keeps its place whatever is added, taken
 * away or grows above it. At the bottom it follows. It begins at the item marked `data-begin`, else at the bottom.
 */
export class AnchoredScroller extends Component<AnchoredScrollerProps> {
  readonly #box = createRef<HTMLDivElement>();
  readonly #content = createRef<HTMLDivElement>();
  #place: Place = "bottom";
  #sizes: ResizeObserver | undefined;

  override componentDidMount(): void {
    const [box, content] = [this.#box.current, this.#content.current];
    if (box === null || content === null) return;
    const begin = content.querySelector("[data-begin]");
    if (begin === null) box.scrollTop = box.scrollHeight;
    else box.scrollTop += begin.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
    this.#look();
    this.#sizes = new ResizeObserver(() => {
      this.#restore(this.#place);
      this.#look();
    });
    this.#sizes.observe(box);
    this.#sizes.observe(content);
  }

  override componentWillUnmount(): void {
    this.#sizes?.disconnect();
  }

  override getSnapshotBeforeUpdate(): Place {
    return this.#place === "bottom" ? "bottom" : this.#measure();
  }

  override componentDidUpdate(_props: AnchoredScrollerProps, _state: unknown, place: Place): void {
    this.#restore(place);
    this.#look();
  }

  /** Goes to the newest item, and follows from there. */
  toBottom(): void {
    this.#place = "bottom";
    this.#restore("bottom");
    this.#look();
  }

  override render(): React.ReactNode {
    const { label, live, busy, children } = this.props;
    return (
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the keyboard scrolls what has the focus
      <div className="scroller" ref={this.#box} onScroll={() => this.#look()} tabIndex={0}>
        <div
          className="scroller-content"
          ref={this.#content}
          role="log"
          aria-live={live}
          aria-label={label}
          aria-busy={busy}
        >
          {children}
        </div>
      </div>
    );
  }

  #look(): void {
    const box = this.#box.current;
    if (box === null) return;
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    const atBottom = below < AT_BOTTOM_PX;
    this.#place = atBottom && this.props.complete ? "bottom" : this.#measure();
    this.props.onEdges({ nearTop: box.scrollTop < NEAR_PX, nearBottom: below < NEAR_PX, atBottom });
  }

  #restore(place: Place): void {
    const box = this.#box.current;
    if (box === null || place === undefined) return;
    if (place === "bottom") box.scrollTop = box.scrollHeight;
    else if (place.item.isConnected) {
      const moved = place.item.getBoundingClientRect().top - box.getBoundingClientRect().top - place.top;
      if (moved !== 0) box.scrollTop += moved;
    }
  }

  /** The first item that is on screen. */
  #measure(): Anchor | undefined {
    const [box, content] = [this.#box.current, this.#content.current];
    if (box === null || content === null) return undefined;
    const { top } = box.getBoundingClientRect();
    const items = content.querySelectorAll("[data-item]");
    let [low, high] = [0, items.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((items[middle]?.getBoundingClientRect().bottom ?? 0) > top) high = middle;
      else low = middle + 1;
    }
    const item = items[low];
    return item === undefined ? undefined : { item, top: item.getBoundingClientRect().top - top };
  }
}
