// What pages do by themselves where a browser runs scripts. Everything works without.
'use strict';

// An amount of the API, as in 48734.90, as people of the page's language write it.
// Digits are moved as text: amounts are never numbers here.
function amount(text, like) {
  const [whole, cents] = text.replace('-', '').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, like.dataset.group);
  return (text.startsWith('-') ? '-' : '') + like.dataset.currency + grouped + like.dataset.decimal + (cents || '00').padEnd(2, '0');
}

// The figures of a balance, kept up to date by the server.
function live(box) {
  const state = box.querySelector('[data-live-state]');
  const source = new EventSource(box.dataset.live);
  source.addEventListener('balance', (event) => {
    for (const figure of box.querySelectorAll('[data-figure]')) {
      const found = event.data.match(new RegExp('"' + figure.dataset.figure + '":(-?[0-9.]+)'));
      if (found && found[1] !== figure.dataset.value) {
        figure.dataset.value = found[1];
        figure.textContent = amount(found[1], box);
        figure.classList.toggle('negative', found[1].startsWith('-'));
        document.dispatchEvent(new CustomEvent('balance', { detail: event.data }));
      }
    }
    const at = event.data.match(/"consultedAt":"([^"]+)"/);
    const stamp = box.querySelector('[data-live-at]');
    if (at && stamp) {
      stamp.dateTime = at[1];
      stamp.textContent = new Date(at[1]).toLocaleTimeString(document.documentElement.lang, { timeZone: 'America/Sao_Paulo' });
    }
    if (state) state.textContent = state.dataset.liveText;
  });
  source.addEventListener('end', (event) => {
    if (event.data.includes('TOKEN')) location.reload();
  });
  source.onerror = () => {
    if (state) state.textContent = state.dataset.lostText;
    if (source.readyState === EventSource.CLOSED) setTimeout(() => live(box), 5000);
  };
  addEventListener('pagehide', () => source.close());
}

document.querySelectorAll('[data-live]').forEach(live);

// Forms that ask before they do what can't be undone, and none that is sent twice.
for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.ask && !confirm(form.dataset.ask)) {
      event.preventDefault();
      return;
    }
    if (form.method === 'post') {
      setTimeout(() => form.querySelectorAll('button').forEach((b) => { b.disabled = true; }));
      addEventListener('pageshow', () => form.querySelectorAll('button').forEach((b) => { b.disabled = false; }), { once: true });
    }
  });
}

// Texts to copy.
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  });
}

// Pages that look again by themselves while something is going on.
for (const wait of document.querySelectorAll('[data-again]')) {
  setTimeout(() => location.reload(), Number(wait.dataset.again) * 1000);
}

document.querySelectorAll('[data-print]').forEach((button) => {
  button.hidden = false;
  button.addEventListener('click', () => print());
});
