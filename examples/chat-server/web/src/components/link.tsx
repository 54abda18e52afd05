import { navigate } from "../app/routes.ts";

interface LinkProps extends Omit<React.ComponentProps<"a">, "href" | "onClick"> {
  readonly to: string;
}

/** Leads to another place of the page, without loading it again. */
export function Link({ to, ...rest }: LinkProps): React.ReactNode {
  const onClick = (event: React.MouseEvent): void => {
    // A new tab, a new window, a download: the browser's.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a {...rest} href={to} onClick={onClick} />;
}
