package cel

// alarms are the places of an alarm.
var alarms = append(append(append(fields(settings, "alarms.deadLetterNotEmpty"), fields(settings, "alarms.oldestMessageAge")...),
	fields(settings, "alarms.undeliveredNotEmpty")...), fields(settings, "alarms.deliveriesLost")...)

var alarmRules = []rule{
	{
		message: "alarms: CloudWatch takes at most 5 actions an alarm, actions and actionTopics together",
		at:      fields(settings, "alarms"),
		pass: []change{
			create(`{deadLetterNotEmpty: {}, actions: ` + list(5, `"arn:aws:sns:us-east-1:123456789012:t%d"`) + `}`),
			create(`{deadLetterNotEmpty: {}, actionTopics: ` + list(5, `{topology: {name: ops}, topic: t%d}`) + `}`),
			create(`{deadLetterNotEmpty: {}, actions: ["arn:aws:sns:us-east-1:123456789012:t"], actionTopics: ` + list(4, `{topology: {name: ops}, topic: t%d}`) + `}`),
		},
		fail: []change{
			create(`{deadLetterNotEmpty: {}, actions: ` + list(3, `"arn:aws:sns:us-east-1:123456789012:t%d"`) + `, actionTopics: ` + list(3, `{topology: {name: ops}, topic: t%d}`) + `}`),
			create(`{deadLetterNotEmpty: {}, actions: ["arn:aws:sns:us-east-1:123456789012:t"], actionTopics: ` + list(5, `{topology: {name: ops}, topic: t%d}`) + `}`),
		},
	},
	{
		message: "alarms needs at least one of deadLetterNotEmpty, oldestMessageAge, undeliveredNotEmpty and deliveriesLost; {} takes an alarm's defaults",
		at:      fields(settings, "alarms"),
		pass: []change{
			create(`{deadLetterNotEmpty: {}}`), create(`{oldestMessageAge: {}}`), create(`{undeliveredNotEmpty: {}}`), create(`{deliveriesLost: {}}`),
		},
		fail: []change{
			create(`{}`),
			create(`{actions: ["arn:aws:sns:us-east-1:123456789012:oncall"]}`),
			update(`{deadLetterNotEmpty: {}}`, `{actionTopics: [{topology: {name: ops}, topic: oncall}]}`),
		},
	},
	{
		message: "period times evaluationPeriods is at most one day, or seven days with a period of 1h or more",
		at:      alarms,
		pass: []change{
			create(`{}`),
			create(`{evaluationPeriods: 1440}`),
			create(`{period: 59m, evaluationPeriods: 24}`),
			create(`{period: 24h, evaluationPeriods: 7}`),
			create(`{period: 1h, evaluationPeriods: 168}`),
			create(`{period: 24h}`),
		},
		fail: []change{
			create(`{period: 2m, evaluationPeriods: 721}`),
			create(`{period: 59m, evaluationPeriods: 25}`),
			create(`{period: 24h, evaluationPeriods: 8}`),
			update(`{evaluationPeriods: 1440}`, `{period: 5m, evaluationPeriods: 1440}`),
		},
	},
	{
		message: "period must be whole minutes between 1m and 24h",
		at:      fields(alarms, "period"),
		pass:    []change{create(`1m`), create(`24h`), create(`1h1m`), create(`120s`), create(`60000ms`)},
		fail:    []change{create(`59s`), create(`90s`), create(`24h1m`), create(`0s`), create(`1m1ms`)},
	},
	{
		message: "alarms.deadLetterNotEmpty needs a dead-letter queue: remove deadLetter.disabled or the alarm",
		at:      settings,
		pass: []change{
			create(`{alarms: {deadLetterNotEmpty: {}}}`),
			create(`{alarms: {deadLetterNotEmpty: {}}, deadLetter: {consumerQueue: {name: shared}}}`),
			create(`{alarms: {oldestMessageAge: {}}, deadLetter: {disabled: true}}`),
			create(`{alarms: {deadLetterNotEmpty: {}}, deadLetter: {disabled: false}}`),
		},
		fail: []change{
			create(`{alarms: {deadLetterNotEmpty: {}}, deadLetter: {disabled: true}}`),
			update(`{alarms: {deadLetterNotEmpty: {}}}`, `{alarms: {deadLetterNotEmpty: {}}, deadLetter: {disabled: true}}`),
		},
	},
	{
		message: "alarms.undeliveredNotEmpty needs an undelivered queue: remove undelivered.disabled or the alarm",
		at:      settings,
		pass: []change{
			create(`{alarms: {undeliveredNotEmpty: {}}}`),
			create(`{alarms: {deliveriesLost: {}}, undelivered: {disabled: true}}`),
			create(`{alarms: {undeliveredNotEmpty: {}}, undelivered: {disabled: false}}`),
		},
		fail: []change{create(`{alarms: {undeliveredNotEmpty: {}}, undelivered: {disabled: true}}`)},
	},
}

// alarmBounds are what the schema says of alarms without CEL.
var alarmBounds = []bound{
	{at: fields(alarms, "statistic"), accept: []string{`Maximum`, `Minimum`, `Average`, `Sum`, `SampleCount`}, refuse: []string{`maximum`, `p99`, `""`}},
	{at: fields(alarms, "threshold"), accept: []string{`0`, `1000000000`}, refuse: []string{`-1`, `1000000001`, `"5"`, `0.5`}},
	{at: fields(alarms, "period"), accept: []string{`5m`}, refuse: []string{`60`, `1d`, `""`}},
	{at: fields(alarms, "evaluationPeriods"), accept: []string{`1`, `1440`}, refuse: []string{`0`, `1441`, `"1"`}},
	{
		at:     fields(settings, "alarms"),
		field:  "actions",
		accept: []string{`{oldestMessageAge: {}, actions: ["arn:aws:sns:us-east-1:123456789012:oncall"]}`},
		refuse: []string{`{oldestMessageAge: {}, actions: [oncall]}`, `{oldestMessageAge: {}, actions: ` + list(6, `"arn:aws:sns:us-east-1:123456789012:t%d"`) + `}`},
	},
	{
		at:     fields(settings, "alarms"),
		field:  "actionTopics",
		accept: []string{`{oldestMessageAge: {}, actionTopics: [{topology: {name: ops, namespace: ops}, topic: oncall}]}`},
		refuse: []string{
			`{oldestMessageAge: {}, actionTopics: [{topology: {name: ""}, topic: oncall}]}`, `{oldestMessageAge: {}, actionTopics: [{topology: {name: ops}, topic: ""}]}`,
			`{oldestMessageAge: {}, actionTopics: [{topic: oncall}]}`, `{oldestMessageAge: {}, actionTopics: [{topology: {name: ops}}]}`,
			`{oldestMessageAge: {}, actionTopics: ` + list(6, `{topology: {name: ops}, topic: t%d}`) + `}`,
		},
	},
}

// largestAlarms are all of them, with everything said.
func largestAlarms() map[string]any {
	alarm := map[string]any{"statistic": "SampleCount", "threshold": int64(1_000_000_000), "period": "24h", "evaluationPeriods": int64(7)}
	return map[string]any{
		"actions": []any{"arn:aws:sns:us-east-1:123456789012:" + name(0, 80), "arn:aws:sns:us-east-1:123456789012:" + name(1, 80)},
		"actionTopics": numbered(3, func(i int) map[string]any {
			return map[string]any{"topology": map[string]any{"name": name(i, 63)}, "topic": name(i, 63)}
		}),
		"deadLetterNotEmpty": alarm, "oldestMessageAge": alarm, "undeliveredNotEmpty": alarm, "deliveriesLost": alarm,
	}
}
