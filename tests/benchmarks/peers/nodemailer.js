// nodemailer with its pool, the same content: node nodemailer.js CONTENT.json CONNECTIONS PORT N   prints {"per_s": …}
const fs = require("fs");
const nodemailer = require("nodemailer");

const [, , path, connections, port, n] = process.argv;
const content = JSON.parse(fs.readFileSync(path, "utf-8"));
const names = [["Åsa", "Öberg"], ["Björn", "Ås"], ["Máret", "Đorvi"], ["Anders", "Lie"]];

function filled(text, k) {
  const [first, last] = names[k % 4];
  const known = { first_name: first, last_name: last, full_name: `${first} ${last}` };
  for (const [hole, value] of Object.entries(content.holes)) {
    text = text.split(value).join(known[hole] || `https://union.example.org/${hole}/${String(k).padStart(32, "0")}/`);
  }
  return text;
}

async function main() {
  const transport = nodemailer.createTransport({
    host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true, pool: true,
    maxConnections: Number(connections), maxMessages: Infinity,
  });
  const began = process.hrtime.bigint();
  let next = 0;
  async function lane() {
    while (next < Number(n)) {
      const k = next++;
      await transport.sendMail({
        from: "utskick@union.example.org", to: `m${k}@example.com`, subject: filled(content.subject, k),
        text: filled(content.text, k), html: filled(content.html, k),
        list: { unsubscribe: { url: `https://union.example.org/u/${String(k).padStart(32, "0")}/` } },
        headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
        attachments: [{ filename: "invitation.ics", content: content.ics, contentType: "text/calendar; charset=utf-8" }],
      });
    }
  }
  await Promise.all(Array.from({ length: 2 * Number(connections) }, lane));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  transport.close();
  console.log(JSON.stringify({ per_s: Number(n) / seconds }));
}

main();
