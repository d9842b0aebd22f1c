const gapPx = 6;
const marginPx = 12;

/** Puts a popover below its button, or above it where there is no room, and never outside of the window. */
export function placePopover(popover: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = popover;
  const below = at.bottom + gapPx;
  const isTooLow = below + offsetHeight > innerHeight - marginPx;
  popover.style.left = `${Math.max(marginPx, Math.min(at.left, innerWidth - offsetWidth - marginPx))}px`;
  popover.style.top = `${isTooLow ? Math.max(marginPx, at.top - offsetHeight - gapPx) : below}px`;
}
