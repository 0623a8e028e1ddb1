// Parameters as a tree of modules, and the rows of it that are shown.

/**
 * A module, or with `leaf` a parameter. `path`: its own, unique in the tree.
 * @typedef {{name: string, path: string, kids: Node[], parameters: number[], leaf: number|null}} Node
 * @typedef {{node: Node, depth: number, open: boolean, parameters: number[]}} Row
 */

/** Deeper names are cut into this many levels; real ones have a dozen. */
const MOST_LEVELS = 40;

function emptyNode(name, path) {
  return { name, path, kids: [], parameters: [], leaf: null, modules: new Map() };
}

/**
 * The tree of qualified names. Where several models are audited, each is a level of its own.
 * Chains of modules with one child are joined ("encoder.layers"), and modules that only hold one
 * or two parameters are no level: their parameters are told as "proj.weight".
 * @param {{name: string, model?: string}[]} parameters
 * @returns {Node}
 */
export function buildTree(parameters) {
  const models = new Set(parameters.map((one) => one.model ?? ""));
  const root = emptyNode("", "");
  parameters.forEach((one, index) => {
    let parts = String(one.name).split(".");
    const model = one.model ?? "";
    if (models.size > 1 && model && parts[0] !== model) parts.unshift(model);
    if (parts.length > MOST_LEVELS) parts = [...parts.slice(0, MOST_LEVELS - 1), parts.slice(MOST_LEVELS - 1).join(".")];
    let node = root;
    node.parameters.push(index);
    for (const part of parts.slice(0, -1)) {
      let next = node.modules.get(part);
      if (!next) {
        next = emptyNode(part, node.path + part + ".");
        node.modules.set(part, next);
        node.kids.push(next);
      }
      node = next;
      node.parameters.push(index);
    }
    node.kids.push({ name: parts[parts.length - 1], path: `=${index}`, kids: [], parameters: [index], leaf: index });
  });
  return squashed(root, true);
}

function squashed(node, isRoot = false) {
  if (node.leaf !== null) return node;
  const kids = node.kids.map((kid) => squashed(kid)).flatMap((kid) => {
    const small = kid.leaf === null && kid.kids.length <= 2 && kid.kids.every((one) => one.leaf !== null);
    return small ? kid.kids.map((one) => ({ ...one, name: `${kid.name}.${one.name}` })) : [kid];
  });
  if (!isRoot && kids.length === 1) return { ...kids[0], name: `${node.name}.${kids[0].name}` };
  return { name: node.name, path: node.path, kids, parameters: node.parameters, leaf: null };
}

/**
 * The rows of the modules that are open. `keep`: the parameters to show, null for all; then
 * modules without any of them are left out.
 * @returns {Row[]}
 */
export function treeRows(tree, open, keep = null) {
  const rows = [];
  const walk = (node, depth) => {
    const parameters = keep ? node.parameters.filter((one) => keep.has(one)) : node.parameters;
    if (!parameters.length) return;
    const isOpen = node.leaf === null && open.has(node.path);
    rows.push({ node, depth, open: isOpen, parameters });
    if (isOpen) for (const kid of node.kids) walk(kid, depth + 1);
  };
  for (const kid of tree.kids) walk(kid, 0);
  return rows;
}

/**
 * Only parameters, in the order of the tree, each with the module of the first or second level
 * that it is the first row of (`section`, else null).
 * @returns {(Row & {section: string|null})[]}
 */
export function flatRows(tree, keep = null) {
  const rows = [];
  const walk = (node, depth, section) => {
    if (node.leaf !== null) {
      if (keep && !keep.has(node.leaf)) return;
      rows.push({ node, depth: 0, open: false, parameters: node.parameters, section: section.told ? null : section.name });
      section.told = true;
      return;
    }
    const own = depth < 2 ? { name: node.path.replace(/\.$/, ""), told: false } : section;
    for (const kid of node.kids) walk(kid, depth + 1, own);
  };
  for (const kid of tree.kids) walk(kid, 0, { name: kid.name, told: false });
  return rows;
}

/**
 * The modules to open, level by level, so that not more than `budget` rows come of it; in each
 * level first those that hold a parameter with a problem (1 in `problem`).
 */
export function openToFit(tree, budget, problem = null) {
  const troubled = (node) => problem !== null && node.parameters.some((one) => problem[one]);
  const open = new Set();
  let level = tree.kids;
  let count = level.length;
  while (level.length) {
    const next = [];
    for (const node of [...level.filter(troubled), ...level.filter((one) => !troubled(one))]) {
      if (node.leaf !== null || count + node.kids.length > budget) continue;
      open.add(node.path);
      count += node.kids.length;
      next.push(...node.kids);
    }
    level = next;
  }
  return open;
}

/** The paths of all modules around these parameters. */
export function pathsTo(tree, indices) {
  const wanted = new Set(indices);
  const paths = [];
  const walk = (node) => {
    if (node.leaf !== null || !node.parameters.some((one) => wanted.has(one))) return;
    if (node !== tree) paths.push(node.path);
    node.kids.forEach(walk);
  };
  walk(tree);
  return paths;
}

/** The paths of all modules. */
export function allPaths(tree) {
  const paths = [];
  const walk = (node) => {
    if (node.leaf !== null) return;
    if (node !== tree) paths.push(node.path);
    node.kids.forEach(walk);
  };
  walk(tree);
  return paths;
}

/**
 * The parameters whose name has each word of the filter in it, whatever the case; null where the
 * filter is blank.
 */
export function matching(parameters, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const found = new Set();
  parameters.forEach((one, index) => {
    const name = `${one.name} ${one.class ?? ""}`.toLowerCase();
    if (words.every((word) => name.includes(word))) found.add(index);
  });
  return found;
}
