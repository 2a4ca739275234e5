// Filters the table of misjudged decisions by compound and by reason.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("#decisions tbody tr")];
  const label = byId("by-label"), reason = byId("by-reason"), count = byId("count");

  function filter() {
    let shown = 0;
    for (const row of rows) {
      const fits = (!label.value || row.dataset.label === label.value)
        && (!reason.value || row.dataset.reasons.split(" ").includes(reason.value));
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${rows.length} decisions`;
  }

  if (!label) return;  // nothing is misjudged
  byId("filters").hidden = false;
  for (const control of [label, reason]) control.addEventListener("change", filter);
  filter();
})();
