// Where typing begins when a form opens. The browser's own autofocus comes a frame later and may take the focus
// away from a field that somebody has already begun to fill.
export function takeFocus(node: HTMLElement) {
  node.focus();
}
