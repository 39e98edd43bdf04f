package cel

var redriveSchedule = fields(settings, "deadLetter.redrive")

// scheduleRules are the rules of deadLetter.redrive.
var scheduleRules = []rule{
	{
		message: "maxMessagesPerRun needs maxMessagesPerSecond: a run without a rate cannot be stopped near a number",
		at:      redriveSchedule,
		pass: []change{
			create(`{schedule: "0 23 * * 0-4"}`),
			create(`{schedule: "0 23 * * 0-4", maxMessagesPerSecond: 50}`),
			create(`{schedule: "0 23 * * 0-4", maxMessagesPerSecond: 50, maxMessagesPerRun: 10000}`),
		},
		fail: []change{create(`{schedule: "0 23 * * 0-4", maxMessagesPerRun: 10000}`)},
	},
	{
		message: "timeZone is a name in the IANA data base, such as Asia/Jerusalem; Local would be wherever the operator runs",
		at:      redriveSchedule,
		field:   "timeZone",
		pass:    []change{create(`{schedule: "0 23 * * *", timeZone: Asia/Jerusalem}`), create(`{schedule: "0 23 * * *", timeZone: UTC}`), create(`{schedule: "0 23 * * *"}`)},
		fail:    []change{create(`{schedule: "0 23 * * *", timeZone: Local}`)},
	},
	{
		message: "observeFor must be between 0s and 24h",
		at:      redriveSchedule,
		field:   "observeFor",
		pass:    []change{create(`{schedule: "0 23 * * *", observeFor: 0s}`), create(`{schedule: "0 23 * * *", observeFor: 24h}`)},
		fail:    []change{create(`{schedule: "0 23 * * *", observeFor: 24h1s}`)},
	},
}

// scheduled is a schedule with one more member.
func scheduled(member string) string { return `{schedule: "0 23 * * *", ` + member + `}` }

// scheduleBounds are the bounds of deadLetter.redrive.
var scheduleBounds = []bound{
	{
		at: redriveSchedule, field: "schedule",
		accept: []string{`{schedule: "0 23 * * 0-4"}`, `{schedule: "*/5 * * * *"}`, `{schedule: "0 1,13 1-7 JAN,jul sun"}`, `{schedule: "0 0 ? * *"}`},
		refuse: []string{`{}`, `{schedule: "@daily"}`, `{schedule: "@every 1h"}`, `{schedule: "0 23 * *"}`, `{schedule: "0 0 23 * * 0-4"}`, `{schedule: "TZ=UTC 23 * * *"}`, `{schedule: ""}`},
	},
	{at: redriveSchedule, field: "timeZone", accept: []string{scheduled(`timeZone: America/Argentina/Buenos_Aires`), scheduled(`timeZone: Etc/GMT+2`)}, refuse: []string{scheduled(`timeZone: ""`), scheduled(`timeZone: "../UTC"`), scheduled(`timeZone: ` + long(65))}},
	{
		at: redriveSchedule, field: "maxMessagesPerSecond",
		accept: []string{scheduled(`maxMessagesPerSecond: 1`), scheduled(`maxMessagesPerSecond: 500`)}, refuse: []string{scheduled(`maxMessagesPerSecond: 0`), scheduled(`maxMessagesPerSecond: 501`)},
	},
	{
		at: redriveSchedule, field: "maxMessagesPerRun",
		accept: []string{scheduled(`maxMessagesPerSecond: 1, maxMessagesPerRun: 1`), scheduled(`maxMessagesPerSecond: 1, maxMessagesPerRun: 100000000`)},
		refuse: []string{scheduled(`maxMessagesPerSecond: 1, maxMessagesPerRun: 0`), scheduled(`maxMessagesPerSecond: 1, maxMessagesPerRun: 100000001`)},
	},
	{
		at: redriveSchedule, field: "haltOnReturnRatio",
		accept: []string{scheduled(`haltOnReturnRatio: "0.01"`), scheduled(`haltOnReturnRatio: "0.5"`), scheduled(`haltOnReturnRatio: "1"`), scheduled(`haltOnReturnRatio: "1.0"`)},
		refuse: []string{scheduled(`haltOnReturnRatio: "0"`), scheduled(`haltOnReturnRatio: "0.00"`), scheduled(`haltOnReturnRatio: "1.1"`), scheduled(`haltOnReturnRatio: 0.5`), scheduled(`haltOnReturnRatio: 50%`), scheduled(`haltOnReturnRatio: ".5"`)},
	},
	{at: redriveSchedule, field: "observeFor", accept: []string{scheduled(`observeFor: 15m`)}, refuse: []string{scheduled(`observeFor: 1d`)}},
	{at: redriveSchedule, field: "historyLimit", accept: []string{scheduled(`historyLimit: 0`), scheduled(`historyLimit: 20`)}, refuse: []string{scheduled(`historyLimit: -1`), scheduled(`historyLimit: 21`)}},
}
