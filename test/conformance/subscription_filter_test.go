package conformance

const nestedPolicy = `{"object":{"key":[{"prefix":"auto-"}]}}`

var subscriptionFilterRules = []rule{
	{
		name:   "filter/set-and-cleared",
		says:   `FilterPolicy is set and taken away by ""`,
		source: "recorded cases test_filter_policy",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.setSubscription(arn, "FilterPolicy", `{"attr1":["match"]}`)
			w.equalJSON("FilterPolicy", w.subscriptionAttributes(arn)["FilterPolicy"], `{"attr1":["match"]}`)
			w.setSubscription(arn, "FilterPolicy", "")
			w.absent(w.subscriptionAttributes(arn), "FilterPolicy")
		},
	},
	{
		name:   "filter/scope-defaults-with-a-policy",
		says:   "FilterPolicyScope appears as MessageAttributes together with a filter policy",
		source: "recorded case test_filter_policy/subscription-attributes-2",
		check: func(w *world) {
			arn, _, _ := w.subscription(map[string]string{"FilterPolicy": `{"attr1":["match"]}`})
			w.equal("FilterPolicyScope", w.subscriptionAttributes(arn)["FilterPolicyScope"], "MessageAttributes")
		},
	},
	{
		name:   "filter/scope-is-invisible-without-a-policy",
		says:   "FilterPolicyScope is not returned until a filter policy is set, though it is kept",
		source: "recorded cases test_set_subscription_filter_policy_scope",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.setSubscription(arn, "FilterPolicyScope", "MessageBody")
			w.absent(w.subscriptionAttributes(arn), "FilterPolicyScope")
			w.setSubscription(arn, "FilterPolicy", `{"attr":["match-this"]}`)
			w.equal("FilterPolicyScope", w.subscriptionAttributes(arn)["FilterPolicyScope"], "MessageBody")
		},
	},
	{
		name:   "filter/scope-first",
		says:   "a nested filter policy is taken once the scope is MessageBody",
		source: "recorded case test_sub_filter_policy_nested_property/sub-attrs-after-setting-nested-policy",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.setSubscription(arn, "FilterPolicyScope", "MessageBody")
			w.setSubscription(arn, "FilterPolicy", nestedPolicy)
			w.equalJSON("FilterPolicy", w.subscriptionAttributes(arn)["FilterPolicy"], nestedPolicy)
		},
	},
	{
		name:   "filter/nested-needs-the-body",
		says:   "a nested filter policy is refused while the scope is MessageAttributes",
		source: "recorded case test_sub_filter_policy_nested_property/sub-filter-policy-nested-error",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.refused(w.trySetSubscription(arn, "FilterPolicy", nestedPolicy), "InvalidParameter")
		},
	},
	{
		name:   "filter/unknown-scope",
		says:   "a scope other than MessageAttributes and MessageBody is refused",
		source: "recorded cases test_validate_set_sub_attributes",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.refused(w.trySetSubscription(arn, "FilterPolicyScope", "Nowhere"), "InvalidParameter")
		},
	},
	{
		name:   "filter/bad-policies",
		says:   "SNS refuses filter policies that are no JSON or use operators wrongly",
		source: "recorded cases test_validate_policy and test_validate_set_sub_attributes/invalid-json-filter-policy",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			for _, policy := range []string{
				"{invalidjson}", `{"key":"value"}`, `{"key":[{"unknown":["x"]}]}`, `{"key":[{"suffix":"a","prefix":"b"}]}`,
				`{"key":[{"numeric":["<>",1]}]}`, `{"key":[["nested"]]}`,
			} {
				w.refused(w.trySetSubscription(arn, "FilterPolicy", policy), "InvalidParameter")
			}
		},
	},
	{
		name:   "filter/five-keys",
		says:   "a filter policy has at most five keys",
		source: "recorded cases test_policy_complexity",
		check: func(w *world) {
			arn, _, _ := w.subscription(nil)
			w.setSubscription(arn, "FilterPolicy", `{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"]}`)
			w.refused(w.trySetSubscription(arn, "FilterPolicy", `{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}`), "InvalidParameter")
		},
	},
	{
		name:   "filter/samples",
		says:   "the filter policies of the samples are taken: alternatives, numeric bounds, exists, anything-but",
		source: "https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html",
		check: func(w *world) {
			for _, policy := range []string{
				`{"event_type":["order.created","order.updated"]}`,
				`{"eventType":["OrderPlaced","OrderUpdated"],"amount":[{"numeric":[">=",500]}]}`,
				`{"store_id":[{"exists":true}],"region":[{"anything-but":["test"]}],"path":[{"prefix":"a"},{"suffix":"z"}]}`,
			} {
				arn, _, _ := w.subscription(map[string]string{"FilterPolicy": policy})
				w.equalJSON("FilterPolicy", w.subscriptionAttributes(arn)["FilterPolicy"], policy)
			}
		},
	},
}
