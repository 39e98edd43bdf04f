package delivery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// keyActions are what a sender needs of a key: data keys are made, and those in use are read,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html.
var keyActions = []string{"kms:GenerateDataKey", "kms:Decrypt"}

// Keys gives the ARNs of the keys, by topology.KeyARN, that Prove wants to know of for all subscriptions of a State, sorted.
func Keys(seen topology.State) []string {
	var out []string
	for _, r := range seen.Resources {
		if r.Kind != topology.KindSubscription {
			continue
		}
		p, trouble := begin(seen, r.Key)
		if trouble != nil {
			continue
		}
		lock := []held{p.held(p.queue), p.topicLock()}
		if dead, ok := seen.Find(topology.RedriveTarget(p.sub.Managed["RedrivePolicy"])); ok {
			lock = append(lock, p.held(dead))
		}
		for _, l := range lock {
			if l.readable() {
				out = append(out, l.key)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// held is a key as a queue or topic has it.
type held struct {
	// by names the queue or topic, at is its ARN.
	by string
	at arn.ARN
	// key is the ARN of key or alias, empty where there is none; id is what stands in KmsMasterKeyId.
	key, id string
}

func (p proof) held(queue topology.Resource) held {
	return hold("queue "+queue.Name, queue.Key, queue.Managed["KmsMasterKeyId"])
}

func (p proof) topicLock() held {
	return hold("topic "+p.sub.TopicARN, p.sub.TopicARN, p.seen.References[p.sub.TopicARN].Attributes["KmsMasterKeyId"])
}

func hold(by, holder, id string) held {
	at, err := arn.Parse(holder)
	if err != nil {
		return held{by: by}
	}
	return held{by: by, at: at, key: topology.KeyARN(id, holder), id: id}
}

// readable says that reading the key tells more than its name does.
func (h held) readable() bool {
	a, err := arn.Parse(h.key)
	return err == nil && a.Region == h.at.Region && !topology.NamesAWSManagedKey(h.key)
}

// service is how people call the service that uses the key.
func (h held) service() string {
	if h.at.Service == "sns" {
		return "SNS"
	}
	return "SQS"
}

// lock is a held key as far as it is known.
type lock struct {
	held
	topology.Key
}

// awsManaged says that the key is AWS's own, which no policy can open to others.
func (l lock) awsManaged() bool { return l.AWSManaged || topology.NamesAWSManagedKey(l.key) }

// name is how people know the key: what stands at the queue or topic and, of an alias, the key for which it stands.
func (l lock) name() string {
	if l.ARN == "" || strings.HasSuffix(l.ARN, l.id) {
		return l.id
	}
	return l.id + " (" + l.ARN + ")"
}

// unlock finds a held key and says what keeps anybody from using it. Wanted is the statement that its policy needs, for keys that cannot be read.
func (p proof) unlock(h held, wanted policydoc.Statement) (lock, *Verdict) {
	l := lock{held: h}
	a, err := arn.Parse(h.key)
	switch {
	case err != nil:
		return l, fails(v1alpha1.ReasonKeyUnusable, "%s uses the key %s, which is none; correct it", h.by, h.id)
	case a.Region != h.at.Region:
		return l, fails(v1alpha1.ReasonKeyUnusable, "%s uses the key %s, and %s takes keys of its own region (%s) only; use one of those", h.by, h.id, h.service(), h.at.Region)
	case l.awsManaged():
		return l, nil
	case a.AccountID != p.queueARN.AccountID:
		return l, unknown(v1alpha1.ReasonKeyUnknown,
			"%s uses the key %s of account %s, whose policy can be read there only; it needs the statement %s", h.by, h.id, a.AccountID, wanted.JSON())
	}
	k, read := p.seen.Keys[h.key]
	l.Key = k
	switch {
	case !read:
		return l, unknown(v1alpha1.ReasonKeyUnknown, "the key %s of %s was not read", l.name(), h.by)
	case k.Missing:
		return l, fails(v1alpha1.ReasonKeyUnusable, "%s uses the key %s, which does not exist; make it, or use another", h.by, l.name())
	case k.State == "" && k.Denied != "":
		return l, unknown(v1alpha1.ReasonKeyUnknown, "the key %s of %s cannot be read; permit %s", l.name(), h.by, k.Denied)
	case k.State == "":
		return l, unknown(v1alpha1.ReasonKeyUnknown, "the key %s of %s cannot be read: %s", l.name(), h.by, cmp.Or(k.Unread, "it has no state"))
	case k.State != "Enabled" && k.State != "Updating":
		// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
		return l, fails(v1alpha1.ReasonKeyUnusable, "%s uses the key %s, which is in state %s; enable it, or use another", h.by, l.name(), k.State)
	case k.Spec != "" && k.Spec != "SYMMETRIC_DEFAULT":
		return l, fails(v1alpha1.ReasonKeyUnusable, "%s uses the key %s of kind %s, and %s takes symmetric keys only; use one of those", h.by, l.name(), k.Spec, h.service())
	}
	return l, nil
}

// unread says why the policy of a key that can be used is not known; nil where it is.
func (l lock) unread(wanted policydoc.Statement) *Verdict {
	switch {
	case l.Denied != "":
		return unknown(v1alpha1.ReasonKeyUnknown,
			"the policy of the key %s of %s cannot be read; permit %s, or see that the policy has the statement %s", l.name(), l.by, l.Denied, wanted.JSON())
	case l.Unread != "":
		return unknown(v1alpha1.ReasonKeyUnknown,
			"the policy of the key %s of %s cannot be read: %s; it needs the statement %s", l.name(), l.by, l.Unread, wanted.JSON())
	}
	return nil
}

// wants is the statement that a key's policy needs for senders; sources, if there are any, narrow it to calls for those resources.
func wants(sid string, who policydoc.Principals, sources ...string) policydoc.Statement {
	s := policydoc.Statement{
		Sid: sid, Effect: "Allow", Principal: who, Action: []string{"kms:GenerateDataKey*", "kms:Decrypt"}, Resource: []string{"*"},
	}
	if len(sources) > 0 {
		s.Condition = map[string]map[string][]string{"ArnLike": {"aws:SourceArn": sources}}
	}
	return s
}

// ask asks the key's policy for all that a sender needs.
func (l lock) ask(r policydoc.Request) (answer, policydoc.Decision) {
	r.Resource = l.ARN
	answered, why := yes, policydoc.Decision{}
	for _, action := range keyActions {
		r.Action = action
		switch a, d := judge(l.Policy, r); {
		case a == no:
			return no, d
		case a == perhaps && answered == yes:
			answered, why = perhaps, d
		}
	}
	return answered, why
}

// queueKey asks whether SNS may use the queue's key.
func (p proof) queueKey() *Verdict {
	v := p.opens(p.held(p.queue), v1alpha1.ReasonQueueKeyDenied, v1alpha1.ReasonQueueKeyNotGrantable, "so nothing is delivered")
	if v != nil && v.Status == metav1.ConditionFalse && p.sharesKey() {
		v.Message += fmt.Sprintf("; the undelivered queue %s uses the same key, so that what cannot be delivered is lost too", topology.RedriveTarget(p.sub.Managed["RedrivePolicy"]))
	}
	return v
}

// sharesKey says that the undelivered queue depends on the queue's key.
func (p proof) sharesKey() bool {
	dead, ok := p.seen.Find(topology.RedriveTarget(p.sub.Managed["RedrivePolicy"]))
	one, other := p.held(p.queue).key, p.held(dead).key
	if !ok || one == "" || other == "" {
		return false
	}
	resolved := p.seen.Keys[one].ARN
	return one == other || resolved != "" && resolved == p.seen.Keys[other].ARN
}

// opens asks whether SNS may use a queue's key. The reasons are for a policy that does not let it, and for a key whose policy cannot be
// changed; so says what comes of it.
func (p proof) opens(h held, denied, notGrantable, so string) *Verdict {
	if h.id == "" || p.principal == "" {
		return nil
	}
	wanted := p.forSNS(h.at.String())
	l, trouble := p.unlock(h, wanted)
	switch {
	case trouble != nil:
		return trouble
	case l.awsManaged():
		return fails(notGrantable,
			"%s uses %s, a key that AWS manages and that cannot be granted to SNS, %s; use encryption.type SQSManaged, or a key of your own with the statement %s", h.by, l.name(), so, wanted.JSON())
	}
	if v := l.unread(wanted); v != nil {
		return v
	}
	switch may, why := l.ask(p.bySNS("")); {
	case may == no && why.Denied:
		return fails(denied, "the policy of the key %s of %s stops SNS, %s: %s; exempt the service %s from it", l.name(), h.by, so, why.Reason, p.principal)
	case may == no:
		return fails(denied, "the policy of the key %s of %s does not let SNS use it, %s; add the statement %s", l.name(), h.by, so, wanted.JSON())
	case may == perhaps:
		return unknown(v1alpha1.ReasonKeyUnknown, "whether the policy of the key %s of %s lets SNS use it cannot be told: %s", l.name(), h.by, why.Reason)
	}
	return nil
}

// forSNS is the one statement that a queue's key needs for all topics that deliver to the queue. It names all topics of their accounts and
// regions, so that it serves other queues with the key too.
func (p proof) forSNS(queue string) policydoc.Statement {
	var principals, sources []string
	for _, g := range p.grants(queue) {
		if topics, err := arn.Parse(g.TopicARN); err == nil {
			topics.Resource = "*"
			principals, sources = append(principals, g.Principal), append(sources, topics.String())
		}
	}
	slices.Sort(principals)
	slices.Sort(sources)
	return wants("AllowSNS", policydoc.Principals{"Service": slices.Compact(principals)}, slices.Compact(sources)...)
}
