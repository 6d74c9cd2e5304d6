// Where a link leads, said beside it: its words are chosen by whoever wrote it.

/** The host to show beside a link, or '' where there is none or the words already are that address. Null when the browser cannot follow it. */
export function hostBeside(href, words) {
  let url;
  try {
    // Read as the browser will read it: back-slashes, user names and further slashes included.
    url = new URL(href);
  } catch {
    return null;
  }
  const said = words.replace(/^https?:\/\//i, '');
  const isThatAddress = (words === href || said === url.host)
    && said.slice(0, url.host.length).toLowerCase() === url.host && /^(?:[/?#]|$)/.test(said.slice(url.host.length));
  return isThatAddress ? '' : url.host;
}
