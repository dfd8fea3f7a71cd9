# Apprise: bodies of its json:// webhook, one a line. They have neither an id nor a time: those of arrival. `--arg app NAME` names the app.
{id: ("apprise-" + (now * 1000000 | floor | tostring)), source: "apprise", app: $app, title: .title,
 body: .message, time: (now | floor | todate),
 urgency: ({"failure": 2, "warning": 1}[.type] // 0)}
| with_entries(select(.value != null and .value != ""))
