# Matrix: answers of /_matrix/client/v3/sync. What is encrypted says only that something came.
(.rooms.join // {}) | to_entries[] | .key as $room
| ([(.value.state.events // [])[] | select(.type == "m.room.name") | .content.name] | .[0]) as $name
| .value.timeline.events[]? | select(.type == "m.room.message" or .type == "m.room.encrypted")
| {id: ("matrix-" + .event_id), source: "matrix", app: "Matrix", category: "im.received", conversation: ($name // $room),
   sender: .sender, title: ($name // .sender), body: (.content.body // "(encrypted)"),
   time: ((.origin_server_ts / 1000 | floor) | todate)}
