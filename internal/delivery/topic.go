package delivery

import (
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// topicKey asks whether the topic's key can be used, and whether it admits the services and other accounts that may publish. The topic's own
// account is not asked for: what its users and roles may do with a key is for IAM to say.
func (p proof) topicKey() *Verdict {
	topic, asked := p.seen.References[p.sub.TopicARN]
	switch {
	case !asked || topic.Existence == topology.Absent:
		return nil
	case topic.Existence == topology.Unread:
		return unknown(v1alpha1.ReasonKeyUnknown,
			"topic %s cannot be read, and neither whether it has a key nor who publishes; permit sns:GetTopicAttributes", p.sub.TopicARN)
	case topic.Attributes["KmsMasterKeyId"] == "":
		return nil
	}
	document, err := policydoc.Parse(topic.Attributes["Policy"])
	if err != nil {
		return unknown(v1alpha1.ReasonPolicyUnknown, "the policy of topic %s is none that can be read", p.sub.TopicARN)
	}
	senders := p.publishers(document)
	l, trouble := p.unlock(p.topicLock(), p.forPublishers(senders))
	switch {
	case trouble != nil:
		return trouble
	case len(senders) == 0:
		return nil
	case l.awsManaged():
		return fails(v1alpha1.ReasonTopicKeyNotGrantable,
			"%s uses %s, a key that AWS manages and that only users and roles of its own account can use, but its policy lets %s publish; use a key of your own with the statement %s",
			l.by, l.name(), names(senders), p.forPublishers(senders).JSON())
	}
	if v := l.unread(p.forPublishers(senders)); v != nil {
		return v
	}
	return l.judgePublishers(senders)
}

// forPublishers is the one statement that the topic's key needs for its publishers; for the topic's own account where there are none.
func (p proof) forPublishers(senders []publisher) policydoc.Statement {
	if len(senders) > 0 {
		return admitting(senders)
	}
	own := arn.ARN{Partition: p.topicARN.Partition, Service: "iam", AccountID: p.topicARN.AccountID, Resource: "root"}
	return wants("AllowPublishers", policydoc.Principals{"AWS": {own.String()}})
}

// judgePublishers finds the publishers that the key does not admit.
func (l lock) judgePublishers(senders []publisher) *Verdict {
	var open *Verdict
	var refused []publisher
	for _, s := range senders {
		switch may, why := l.askFor(s); {
		case may == no && why.Denied:
			return fails(v1alpha1.ReasonTopicKeyDenied, "the policy of the key %s of %s stops %s, which may publish: %s; exempt it", l.name(), l.by, s.who, why.Reason)
		case may == no:
			refused = append(refused, s)
		case may == perhaps && open == nil:
			open = unknown(v1alpha1.ReasonKeyUnknown, "whether the policy of the key %s of %s lets %s use it, which may publish, cannot be told: %s", l.name(), l.by, s.who, why.Reason)
		}
	}
	if len(refused) > 0 {
		return fails(v1alpha1.ReasonTopicKeyDenied,
			"the policy of the key %s of %s does not let %s use it, which may publish; add the statement %s", l.name(), l.by, names(refused), admitting(refused).JSON())
	}
	return open
}

// askFor asks the key for one publisher. Which of the circumstances under which a service publishes it also tells KMS differs from service
// to service, so a refusal must hold without them.
func (l lock) askFor(s publisher) (answer, policydoc.Decision) {
	if s.everyone {
		return yes, policydoc.Decision{}
	}
	best, why := no, policydoc.Decision{}
	for i, principal := range l.candidates(s) {
		for _, context := range []map[string][]string{s.context, s.certain()} {
			may, decision := l.ask(policydoc.Request{Principal: principal, Context: context})
			if may == yes {
				return yes, decision
			}
			if may == perhaps || i == 0 && best == no {
				best, why = may, decision
			}
		}
	}
	return best, why
}

// candidates are those for whom a publisher may stand: of an account also its users and roles that the key's policy names.
func (l lock) candidates(s publisher) []policydoc.Principal {
	out := []policydoc.Principal{s.principal}
	if s.principal.Service != "" || s.principal.ARN != "" {
		return out
	}
	for _, statement := range l.Policy.Statements {
		for _, member := range statement.Principal["AWS"] {
			if a, err := arn.Parse(member); err == nil && a.AccountID == s.principal.Account && a.Resource != "root" {
				out = append(out, policydoc.Principal{Account: a.AccountID, ARN: member})
			}
		}
	}
	return out
}
