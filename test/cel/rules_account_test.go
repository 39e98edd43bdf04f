package cel

import "strings"

var accountRules = []rule{
	{
		message: "spec.accountID cannot be changed or removed once set: create another AWSAccount and let new objects refer to it",
		at:      accountSpec,
		pass: []change{
			update(`{}`, `{accountID: "123456789012"}`),
			update(`{accountID: "123456789012"}`, `{accountID: "123456789012", resyncPeriod: 1m}`),
		},
		fail: []change{
			update(`{accountID: "123456789012"}`, `{accountID: "210987654321"}`),
			update(`{accountID: "123456789012"}`, `{}`),
		},
	},
	{
		message: "spec.region is immutable: create another AWSAccount for the other region and let new objects refer to it",
		at:      fields(accountSpec, "region"),
		pass:    []change{update(`eu-west-1`, `eu-west-1`)},
		fail:    []change{update(`eu-west-1`, `eu-west-2`)},
	},
	{
		message: "spec.resyncPeriod must be between 10s and 24h",
		at:      fields(accountSpec, "resyncPeriod"),
		pass:    []change{create(`10s`), create(`1h30m`), create(`24h`)},
		fail:    []change{create(`9999ms`), create(`0s`), create(`24h1s`)},
	},
	{
		message: "spec.credentials needs assumeRole or secretRef; leave credentials out for the SDK's default chain",
		at:      fields(accountSpec, "credentials"),
		pass: []change{
			create(`{secretRef: {name: aws}}`),
			create(`{assumeRole: {roleARN: "arn:aws:iam::123456789012:role/skein"}}`),
			create(`{secretRef: {name: aws}, assumeRole: {roleARN: "arn:aws:iam::123456789012:role/skein", externalID: x1}}`),
		},
		fail: []change{create(`{}`)},
	},
	{
		message: "selector goes with from: Selector, and only with it",
		at:      append(fields(accountSpec, "allowedNamespaces"), fields(topologySpec, "allowedConsumers.namespaces")...),
		pass: []change{
			create(`{}`),
			create(`{from: All}`),
			create(`{from: Selector, selector: {matchLabels: {team: shop}}}`),
		},
		fail: []change{
			create(`{from: Selector}`),
			create(`{from: All, selector: {matchLabels: {team: shop}}}`),
			create(`{selector: {}}`),
		},
	},
	{
		message: "tags: keys have 1 to 128 characters and do not begin with aws: or skein.dev/, which are reserved; rename the key",
		at:      tags,
		pass:    []change{create(`{team: shop, "cost:centre": "42", "aws": x}`)},
		fail: []change{
			create(`{"aws:x": shop}`),
			create(`{"skein.dev/name": shop}`),
			create(`{"": shop}`),
			create(`{"` + strings.Repeat("k", 129) + `": shop}`),
		},
	},
}
