# Gotify: messages of wss://HOST/stream, one JSON object a line. `--argjson apps '{"5":"Backup"}'` names apps.
{id: ("gotify-" + (.id | tostring)), source: "gotify", app: ($apps[.appid | tostring] // "app \(.appid)"), title: .title,
 body: .message, time: (.date | sub("\\.[0-9]+"; "")),
 urgency: ((.priority // 4) | if . >= 8 then 2 elif . >= 4 then 1 else 0 end)}
| with_entries(select(.value != null))
