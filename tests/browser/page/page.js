"use strict";

// The requests of Open edX's account-settings and profile pages, one function each, for tests to call by `pages`.
window.pages = (() => {
  const SERVICE = document.querySelector('meta[name="service"]').content;
  const TOKEN_COOKIE = "edx-jwt-cookie-header-payload";
  const MERGE_PATCH = { "Content-Type": "application/merge-patch+json" };
  const JSON_BODY = { "Content-Type": "application/json", Accept: "application/json" };
  const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);
  const SOFT = {
    names: "/api/edx_name_affirmation/v1/verified_name/history",
    notifications: "/api/notifications/v2/configurations/",
    certificates: (username) => `/api/certificates/v0/certificates/${username}/`,
    enterprise: (username) => `/enterprise/api/v1/enterprise-learner/?username=${username}`,
  };

  let user = null;
  let refreshing = null;
  let csrfToken = null;

  // --- the token that scripts may read

  function cookie(name) {
    const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
    return found && found.slice(name.length + 1);
  }

  function claims() {
    const value = cookie(TOKEN_COOKIE);
    if (!value) return null;
    const base64 = value.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  // Whose token was seen last: a request may begin after the browser has dropped it.
  function username() {
    user = claims()?.preferred_username ?? user;
    return user;
  }

  // --- sending

  async function told(response) {
    const text = await response.text();
    const isJson = (response.headers.get("Content-Type") || "").includes("json");
    return { status: response.status, body: isJson && text ? JSON.parse(text) : text };
  }

  async function renewed() {
    const answer = await told(await fetch(`${SERVICE}/login_refresh`, { method: "POST", credentials: "include" }));
    if (answer.status === 401) {
      document.cookie = `${TOKEN_COOKIE}=; Path=/; Max-Age=0`;
      return null;
    }
    if (answer.status !== 200) throw new Error(`login_refresh answered ${answer.status}`);
    if (!claims()) throw new Error("login_refresh set no cookie that scripts can read");
    return claims();
  }

  // Two callers at the same time share one request.
  function refresh() {
    refreshing ??= renewed().finally(() => { refreshing = null; });
    return refreshing;
  }

  async function csrf() {
    if (!csrfToken) {
      const headers = { "USE-JWT-COOKIE": "true" };
      const answer = await told(await fetch(`${SERVICE}/csrf/api/v1/token`, { credentials: "include", headers }));
      csrfToken = answer.body.csrfToken;
    }
    return csrfToken;
  }

  async function send(method, path, { headers = {}, ...more } = {}) {
    const all = { "USE-JWT-COOKIE": "true", ...headers };
    const response = await fetch(SERVICE + path, { method, credentials: "include", headers: all, ...more });
    return told(response);
  }

  // As the pages' own client: a token that has run out is renewed first, writes bring the CSRF token.
  async function ask(method, path, { headers = {}, ...more } = {}) {
    const known = claims();
    if (!known || known.exp < Date.now() / 1000) await refresh();
    const all = WRITES.has(method) ? { ...headers, "X-CSRFToken": await csrf() } : headers;
    return send(method, path, { headers: all, ...more });
  }

  const get = (path) => ask("GET", path);
  const postForm = (path, fields) => ask("POST", path, { body: new URLSearchParams(fields) });
  const patch = (path, fields) => ask("PATCH", path, { headers: MERGE_PATCH, body: JSON.stringify(fields) });

  // --- reading

  const accountPath = (name) => `/api/user/v1/accounts/${name || username()}`;
  const preferencesPath = () => `/api/user/v1/preferences/${username()}`;

  const account = (name) => get(accountPath(name));
  const preferences = () => get(preferencesPath());
  const providers = () => get("/api/third_party_auth/v0/providers/user_status");
  const registration = () => get("/user_api/v1/account/registration/");

  function timeZones(country) {
    const query = country === undefined ? "" : `?${new URLSearchParams({ country_code: country })}`;
    return get(`/user_api/v1/preferences/time_zones/${query}`);
  }

  function soft(name) {
    const path = SOFT[name];
    return get(typeof path === "string" ? path : path(username()));
  }

  // --- writing

  const patchAccount = (fields) => patch(accountPath(), fields);
  const patchPreferences = (fields) => patch(preferencesPath(), fields);
  const changeEmail = (email) => patchAccount({ email });
  const removePhoto = () => ask("DELETE", `${accountPath()}/image`);
  const resetPassword = (email) => postForm("/password_reset/", { email });
  const deleteAccount = (password) => postForm("/api/user/v1/accounts/deactivate_logout/", { password });

  function requestName(name) {
    const path = "/api/user/v1/accounts/name_change/";
    return ask("POST", path, { headers: JSON_BODY, body: JSON.stringify({ name }) });
  }

  function uploadPhoto() {
    const body = new FormData();
    body.append("file", document.getElementById("photo").files[0]);
    return ask("POST", `${accountPath()}/image`, { body });
  }

  function setLanguage(language) {
    const body = new FormData();
    body.append("language", language);
    const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" };
    return ask("POST", "/i18n/setlang/", { headers, body });
  }

  function track(kind, event) {
    return postForm("/event", { event_type: kind, event: JSON.stringify(event), page: location.href });
  }

  function login() {
    location.assign(`${SERVICE}/login?next=${encodeURIComponent(location.href)}`);
  }

  function logout() {
    location.assign(`${SERVICE}/logout?redirect_url=${encodeURIComponent(location.href)}`);
  }

  // --- showing

  function text(value) {
    return typeof value === "string" ? value : JSON.stringify(value);
  }

  function show({ account, preferences }) {
    const list = document.getElementById("account");
    list.replaceChildren();
    for (const [name, value] of Object.entries({ ...account, ...preferences })) {
      const term = document.createElement("dt");
      const shown = document.createElement("dd");
      term.textContent = name;
      shown.textContent = text(value);
      shown.dataset.field = name;
      list.append(term, shown);
    }
    document.getElementById("picture").src = account.profile_image.image_url_full;
  }

  async function everything() {
    const questions = {
      account: account(),
      preferences: preferences(),
      timeZones: timeZones(),
      providers: providers(),
      registration: registration(),
    };
    const found = {};
    for (const [name, question] of Object.entries(questions)) {
      const { status, body } = await question;
      if (status !== 200) throw new Error(`${name} answered ${status}`);
      found[name] = body;
    }
    return found;
  }

  async function start() {
    const status = document.getElementById("status");
    try {
      if (!(await refresh())) {
        status.value = "signing in";
        login();
        return;
      }
      show(await everything());
      status.value = "ready";
    } catch (error) {
      status.value = `failed: ${error.message}`;
    }
  }

  return {
    account, ask, changeEmail, claims, csrf, deleteAccount, logout, patchAccount, patchPreferences, preferences,
    providers, refresh, registration, removePhoto, requestName, resetPassword, send, setLanguage, soft, start,
    timeZones, track, uploadPhoto,
  };
})();
