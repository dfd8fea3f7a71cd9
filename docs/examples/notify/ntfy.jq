# ntfy: one JSON object a line from https://HOST/TOPIC/json (event "message"; others are not records).
select(.event == "message")
| {id: ("ntfy-" + .id), source: "ntfy", app: .topic, title: .title, body: .message, time: (.time | todate),
   conversation: .topic, urgency: ((.priority // 3) | if . >= 5 then 2 elif . >= 3 then 1 else 0 end),
   actions: [(.actions // [])[] | .label]}
| with_entries(select(.value != null))
