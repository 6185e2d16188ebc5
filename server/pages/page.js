// Draws /openapi.json. Everything is put in as text, nothing as markup.
"use strict";

const open = location.pathname.startsWith("/redoc");
const state = document.getElementById("state");
const main = document.getElementById("operations");
const verbs = ["get", "head", "post", "put", "patch", "delete"];
let described = { paths: {} };

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function resolve(value) {
  if (!value || !value.$ref) return value;
  return value.$ref.slice(2).split("/").reduce((at, step) => at && at[decodeURIComponent(step)], described);
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
  if (schema.type === "array") return `list of ${typeOf(schema.items) || "anything"}`;
  return Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type || "";
}

function tableOf(names, rows) {
  const table = make("table");
  const head = table.createTHead().insertRow();
  for (const name of names) head.append(make("th", name));
  const body = table.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const cell of row) line.insertCell().textContent = cell;
  }
  return table;
}

function commandOf(verb, path, operation) {
  const content = operation.requestBody && resolve(operation.requestBody).content;
  const media = content && Object.keys(content)[0];
  const words = ["curl", `-X ${verb.toUpperCase()}`, `-H "api-key: $KEY"`];
  if (media === "application/json") words.push(`-H "Content-Type: application/json" -d '{}'`);
  else if (media) words.push(`-d "name=value"`);
  words.push(`${location.origin}${path}`);
  return words.join(" ");
}

function drawOperation(verb, path, operation) {
  const details = make("details");
  const summary = make("summary");
  const inside = make("div");
  details.open = open;
  summary.append(make("span", verb, "verb"), make("code", path), make("span", operation.summary || "", "doc"));
  const parameters = (operation.parameters || []).map(resolve).filter(Boolean);
  if (parameters.length) {
    inside.append(make("h3", "Parameters"));
    inside.append(tableOf(["Name", "In", "Type", ""], parameters.map((p) => [p.name, p.in, typeOf(p.schema), p.description || ""])));
  }
  const body = resolve(operation.requestBody);
  for (const [media, v] of Object.entries((body && body.content) || {})) {
    inside.append(make("h3", `Body: ${media}`));
    inside.append(make("pre", JSON.stringify(resolve(v.schema) || v.schema, null, 2)));
  }
  inside.append(make("h3", "Answers"));
  inside.append(tableOf(["Status", ""], Object.entries(operation.responses || {}).map(([status, v]) => [status, (resolve(v) || {}).description || ""])));
  inside.append(make("h3", "Try it"), make("pre", commandOf(verb, path, operation)));
  details.append(summary, inside);
  return details;
}

function groupOf(path) {
  const parts = path.split("/").filter(Boolean);
  return parts[0] === "api" ? `/${parts.slice(0, parts[1] === "v1" ? 3 : 2).join("/")}` : `/${parts[0] || ""}`;
}

function draw() {
  const wanted = document.getElementById("find").value.toLowerCase();
  const groups = new Map();
  let count = 0;
  for (const [path, item] of Object.entries(described.paths || {}))
    for (const verb of verbs) {
      const operation = item[verb];
      if (!operation || !`${verb} ${path} ${operation.summary || ""}`.toLowerCase().includes(wanted)) continue;
      const group = groupOf(path);
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(drawOperation(verb, path, operation));
      count++;
    }
  main.replaceChildren();
  for (const [name, list] of groups) main.append(make("h2", name), ...list);
  state.className = "";
  state.textContent = `${count} operations`;
}

async function load() {
  const key = document.getElementById("key").value.trim();
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  state.textContent = "Loading …";
  try {
    const answer = await fetch("/openapi.json", { headers, credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status === 401 ? "This key or token is not good here." : `The server answers ${answer.status}.`);
    described = await answer.json();
    draw();
  } catch (error) {
    state.className = "bad";
    state.textContent = String(error.message || error);
  }
}

document.getElementById("credential").addEventListener("submit", (event) => {
  event.preventDefault();
  load();
});
document.getElementById("find").addEventListener("input", draw);
load();
