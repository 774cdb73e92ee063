const search = document.getElementById("search");
const sections = [...document.querySelectorAll("section")];
const show = () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of sections) {
    const name = section.id.toLowerCase();
    const text = section.textContent.toLowerCase();
    const named = words.every(word => name.includes(word));
    section.hidden = !named && !words.every(word => text.includes(word));
    document.querySelector(`nav a[href="#${CSS.escape(section.id)}"]`).parentElement.hidden = section.hidden;
    for (const row of section.querySelectorAll("tbody tr")) {
      row.hidden = !named && words.length > 0 && !words.some(word => row.textContent.toLowerCase().includes(word));
    }
  }
};
search.addEventListener("input", show);
document.addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && document.activeElement === search) {
    search.value = "";
    show();
  }
});
