// Signing in, by docs/protocol/auth.md. The session is a cookie that no script can read.

export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? 'The server could not be reached. Check the connection and try again.');
    this.status = status;
    this.code = problem.code ?? 'unreachable';
    this.requestId = problem.requestId;
  }
}

export const signUp = (form) => call('POST', 'signup', { ...form, device: device() });

export const signIn = (form) => call('POST', 'login', { ...form, device: device() });

export const signOut = () => call('POST', 'logout');

/** Who is signed in, or null. */
export async function whoAmI() {
  try {
    return await call('GET', 'me');
  } catch (error) {
    if (error.status === 401) {
      return null;
    }
    throw error;
  }
}

async function call(method, path, body) {
  const request = { method, credentials: 'same-origin', headers: { accept: 'application/json' } };
  if (method !== 'GET') {
    // Also without a body: what a cookie signs in must be JSON.
    request.headers['content-type'] = 'application/json';
    request.body = body && JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`/api/auth/${path}`, request);
  } catch {
    throw new ApiError(0, {});
  }
  const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new ApiError(response.status, { title: `The server answered ${response.status}.`, ...answer });
  }
  return answer;
}

function device() {
  return navigator.userAgentData?.platform ? `Browser on ${navigator.userAgentData.platform}` : 'Browser';
}
