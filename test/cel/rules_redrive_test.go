package cel

const redrive = "Redrive"

var redriveSpec = []place{{redrive, "spec"}}

// redriveRules are the rules of kind Redrive.
var redriveRules = []rule{
	{
		message: "spec is immutable: a Redrive is one run; delete it, which cancels it, and create another",
		at:      redriveSpec,
		pass:    []change{create(`{}`), update(`{maxMessagesPerSecond: 50}`, `{maxMessagesPerSecond: 50}`)},
		fail: []change{
			update(`{}`, `{maxMessagesPerSecond: 50}`),
			update(`{maxMessagesPerSecond: 50}`, `{maxMessagesPerSecond: 60}`),
			update(`{ttlSecondsAfterFinished: 60}`, `{}`),
			update(`{}`, `{consumerQueue: {name: other}}`),
		},
	},
	{
		message: "maxMessages needs maxMessagesPerSecond: a run without a rate cannot be stopped near a number",
		at:      redriveSpec,
		pass:    []change{create(`{maxMessagesPerSecond: 50}`), create(`{maxMessagesPerSecond: 50, maxMessages: 10000}`)},
		fail:    []change{create(`{maxMessages: 10000}`)},
	},
	{
		message: "observeFor needs haltOnReturnRatio: nothing else is observed",
		at:      redriveSpec,
		pass:    []change{create(`{haltOnReturnRatio: "0.5"}`), create(`{haltOnReturnRatio: "0.5", observeFor: 1h}`)},
		fail:    []change{create(`{observeFor: 1h}`)},
	},
	{
		message: "observeFor must be between 0s and 24h",
		at:      redriveSpec,
		field:   "observeFor",
		pass:    []change{create(`{haltOnReturnRatio: "0.5", observeFor: 0s}`), create(`{haltOnReturnRatio: "0.5", observeFor: 24h}`)},
		fail:    []change{create(`{haltOnReturnRatio: "0.5", observeFor: 24h1s}`)},
	},
	{
		message: "with source Undelivered the destination is the consumer's own queue: remove destination",
		at:      redriveSpec,
		pass:    []change{create(`{source: Undelivered}`), create(`{source: DeadLetter, destination: {consumerQueue: {name: repairs}}}`), create(`{destination: {consumerQueue: {name: repairs}}}`)},
		fail:    []change{create(`{source: Undelivered, destination: {consumerQueue: {name: repairs}}}`)},
	},
	{
		message: "haltOnReturnRatio is about dead letters that come back; what SNS could not deliver does not: remove it",
		at:      redriveSpec,
		pass:    []change{create(`{source: DeadLetter, haltOnReturnRatio: "0.5"}`), create(`{source: Undelivered, maxMessagesPerSecond: 20}`)},
		fail:    []change{create(`{source: Undelivered, haltOnReturnRatio: "0.5"}`)},
	},
	{
		message: "destination is another ConsumerQueue; leave it out to move messages back to where they came from",
		at:      redriveSpec,
		pass:    []change{create(`{destination: {consumerQueue: {name: repairs}}}`)},
		fail:    []change{create(`{destination: {consumerQueue: {name: inventory}}}`)},
	},
}

// redriveBounds are the bounds of kind Redrive.
var redriveBounds = []bound{
	{at: fields(redriveSpec, "consumerQueue.name"), accept: []string{`other`, long(253)}, refuse: []string{`""`, long(254), `null`}},
	{at: fields(redriveSpec, "destination.consumerQueue.name"), accept: []string{`repairs`}, refuse: []string{`""`, long(254)}},
	{at: fields(redriveSpec, "destination"), accept: []string{`{consumerQueue: {name: repairs}}`}, refuse: []string{`{}`}},
	{at: fields(redriveSpec, "source"), accept: []string{`DeadLetter`, `Undelivered`}, refuse: []string{`Dead`, `""`}},
	{at: fields(redriveSpec, "maxMessagesPerSecond"), accept: []string{`1`, `500`}, refuse: []string{`0`, `501`, `"50"`}},
	{
		at: redriveSpec, field: "maxMessages",
		accept: []string{`{maxMessagesPerSecond: 1, maxMessages: 1}`, `{maxMessagesPerSecond: 1, maxMessages: 100000000}`},
		refuse: []string{`{maxMessagesPerSecond: 1, maxMessages: 0}`, `{maxMessagesPerSecond: 1, maxMessages: 100000001}`},
	},
	{
		at: fields(redriveSpec, "haltOnReturnRatio"), accept: []string{`"0.01"`, `"0.5"`, `"1"`, `"1.00"`},
		refuse: []string{`"0"`, `"0.00"`, `"1.01"`, `"2"`, `0.5`, `50%`, `".5"`, `"0.123"`},
	},
	{at: redriveSpec, field: "observeFor", accept: []string{`{haltOnReturnRatio: "1", observeFor: 15m}`}, refuse: []string{`{haltOnReturnRatio: "1", observeFor: 1d}`, `{haltOnReturnRatio: "1", observeFor: -1s}`}},
	{at: fields(redriveSpec, "ttlSecondsAfterFinished"), accept: []string{`0`, `86400`, `31536000`}, refuse: []string{`-1`, `31536001`}},
}
