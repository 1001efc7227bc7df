// What the theme leaves out for those who use no mouse: regions that scroll can be reached by keys, and the sides have names.

const SCROLLING = "pre, .table-wrapper, .math-block, article div.output, article div.dataframe";
const SIDES = { ".sidebar-drawer": "Site", ".toc-drawer": "This page" };

function mend() {
  for (const [side, name] of Object.entries(SIDES)) document.querySelector(side)?.setAttribute("aria-label", name);
  for (const region of document.querySelectorAll(SCROLLING)) {
    if (region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }
}

addEventListener("DOMContentLoaded", mend);
addEventListener("load", mend);
addEventListener("resize", mend);
