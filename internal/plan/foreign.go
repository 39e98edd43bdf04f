package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// This file has what concerns topics and queues of different accounts.

// accountOf is the account of a topic's or queue's ARN; empty for what is none.
func accountOf(text string) string {
	a, err := arn.Parse(text)
	if err != nil {
		return ""
	}
	return a.AccountID
}

// subscribeReady says whether the policy of a topic in another account may let the queue's owner subscribe; otherwise it waits for that. A
// topic that no MessagingTopology declares and that cannot be read is tried: AWS's refusal does no harm.
func (d *differ) subscribeReady(want topology.Resource) bool {
	if want.Kind != topology.KindSubscription || accountOf(want.TopicARN) == accountOf(want.Endpoint) {
		return true
	}
	ref := d.Have.References[want.TopicARN]
	why := "it cannot be read: it needs " + SubscribeStatements(want)
	if ref.Existence == topology.Present {
		document, err := policydoc.Parse(ref.Attributes["Policy"])
		request := policydoc.SubscribeRequest(want.TopicARN, want.Endpoint, ref.ReadAs)
		decision := document.Evaluate(request)
		// Of a topic that a MessagingTopology declares, its own statement is awaited, not what may depend on things that only AWS knows.
		if err == nil && document.Could(request) && (!want.Declared || document.Allows(request)) {
			return true
		}
		why = decision.Reason + ": it needs " + SubscribeStatements(want)
		if decision.Denied && document.Allows(request) {
			why = decision.Reason + ": exempt the account from it"
		}
	} else if !want.Declared {
		return true
	}
	d.wait(want, time.Time{}, v1alpha1.ReasonSubscribeNotPermitted, "the policy of topic %s does not let account %s subscribe queue %s yet: %s",
		want.TopicARN, accountOf(want.Endpoint), want.Endpoint, why)
	return false
}

// SubscribeStatements is what the policy of a subscription's topic must hold so that the queue's owner, in another account, can subscribe. Where
// no MessagingTopology here declares the topic, somebody else is to add them: the Sids are not Skein's then, for the Skein of the topic's owner
// takes away what has its prefix and is not its own.
func SubscribeStatements(subscription topology.Resource) string {
	own := policydoc.Subscribers(subscription.TopicARN, []policydoc.Subscriber{
		{Account: accountOf(subscription.Endpoint), Queues: []string{subscription.Endpoint}},
	}, policydoc.MaxNamedQueues)
	texts := make([]string, 0, len(own))
	for _, s := range own {
		if !subscription.Declared {
			s.Sid = foreignSid(s.Sid, accountOf(subscription.Endpoint))
		}
		texts = append(texts, s.JSON())
	}
	return fmt.Sprintf("the statements %s", strings.Join(texts, " and "))
}

// foreignSid is the name for a statement of Skein's for an account that somebody else adds.
func foreignSid(sid, account string) string {
	if sid == policydoc.SidReaders {
		return "AllowReads" + account
	}
	return "AllowSubscribe" + account
}

// widened keeps in the statements for other accounts, and in that for alarms, what Skein set last for queues that cannot be judged. What is refused
// goes all the same.
func widened(want, have topology.Resource, row topology.Row) topology.Resource {
	if len(want.Undecided) == 0 && !want.UndecidedAlarms {
		return want
	}
	var kept []policydoc.Statement
	for _, s := range have.Policy.Statements {
		if field := topology.PolicyField(s.Sid); isApplied(row, field, have.Managed[field]) {
			kept = append(kept, s)
		}
	}
	own := policydoc.BySid(want.Policy.Statements, subscribersKept(want, kept), alarmsKept(want, kept))
	want.Managed, want.Policy.Statements = maps.Clone(want.Managed), nil
	for _, sid := range slices.Sorted(maps.Keys(own)) {
		want.Policy.Statements = append(want.Policy.Statements, own[sid])
		want.Managed[topology.PolicyField(sid)] = own[sid].Canonical()
	}
	return want
}

// subscribersKept are the statements for subscribers of other accounts with what stays of those that were set.
func subscribersKept(want topology.Resource, kept []policydoc.Statement) []policydoc.Statement {
	all := policydoc.SubscribersIn(want.Policy.Statements)
	for _, s := range policydoc.SubscribersIn(kept) {
		s.Queues = slices.DeleteFunc(s.Queues, func(queue string) bool { return !mayMean(queue, want.Undecided) })
		if len(s.Queues) > 0 {
			all = append(all, s)
		}
	}
	return policydoc.Subscribers(want.Key, all, policydoc.MaxNamedQueues)
}

// alarmsKept is the statement for alarms with the accounts of the one that was set.
func alarmsKept(want topology.Resource, kept []policydoc.Statement) []policydoc.Statement {
	if !want.UndecidedAlarms {
		return nil
	}
	all := slices.Concat(policydoc.AlarmAccountsIn(want.Policy.Statements), policydoc.AlarmAccountsIn(kept))
	return policydoc.Alarms(want.Key, all, policydoc.MaxNamedAlarmAccounts)
}

// mayMean says whether the ARN of a queue, or a pattern for those of an account, may be of one of the names.
func mayMean(queue string, names []string) bool {
	a, err := arn.Parse(queue)
	return err == nil && (strings.Contains(a.Resource, "*") || slices.Contains(names, a.Resource))
}
