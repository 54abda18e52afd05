/** A function that waits until it is told to end. */
export interface Gate {
  readonly run: () => Promise<string>;
  readonly open: (value: string) => void;
  readonly fail: (error: Error) => void;
}

export function gate(): Gate {
  let open!: (value: string) => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<string>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { run: () => promise, open, fail };
}
