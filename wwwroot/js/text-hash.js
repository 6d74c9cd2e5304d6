// The hash of a reply's text, as `done.hash` gives it. Browsers have SHA-256 only on secure pages; elsewhere the length must do.

export async function hashOf(text) {
  const bytes = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const canHash = () => globalThis.crypto?.subtle !== undefined;
