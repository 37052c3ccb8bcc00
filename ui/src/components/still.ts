// The page behind a dialog does not scroll and shows no scrollbar: WebKitGTK draws the scrollbars of a page above
// everything else, the dialog too. The rule is in design/base.css.
let dialogs = 0;

/** Stills the page until the answer is called. */
export function still(): () => void {
  dialogs++;
  document.documentElement.dataset.behind = "";
  return () => {
    dialogs--;
    if (dialogs === 0) delete document.documentElement.dataset.behind;
  };
}
