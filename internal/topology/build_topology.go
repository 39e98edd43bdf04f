package topology

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// BuildTopology says what AWS should hold for a MessagingTopology.
func BuildTopology(in TopologyInputs) TopologyOutput {
	b := &topologyBuild{
		in:    in,
		owner: Owner{Cluster: in.Account.Cluster, Kind: OwnerMessagingTopology, Namespace: in.Topology.Namespace, Name: in.Topology.Name},
		taken: map[string]string{},
	}
	for i := range in.Topology.Spec.Topics {
		b.topic(i)
	}
	b.checkConsent()
	b.children()
	b.out.State.Sort()
	return b.out
}

// topologyBuild is the work on one MessagingTopology.
type topologyBuild struct {
	in    TopologyInputs
	owner Owner
	// taken are the logical names by AWS name.
	taken map[string]string
	out   TopologyOutput
}

func (b *topologyBuild) refuse(r Refusal) { b.out.Refusals = append(b.out.Refusals, r) }

// topic builds one topic, or leaves it as it is.
func (b *topologyBuild) topic(i int) {
	t := &b.in.Topology.Spec.Topics[i]
	name := topicName(b.in.Topology, t)
	if used, ok := b.usedName(t); ok {
		b.refuseTopic(i, used, "topicName", v1alpha1.ReasonNameImmutable, "the name in use is %q and the spec says %q; AWS cannot rename a topic: set topicName to the name in use, or add a topic with the new name, move publishers and consumers, then remove this one", used, name)
		return
	}
	if reason, message := nameProblem(name, t.FIFO != nil, MaxTopicName); reason != "" {
		b.out.Topics = append(b.out.Topics, TopicIntent{Name: t.Name})
		b.report(i, name, "topicName", reason, "%q: %s; set topicName to a name that AWS takes", name, message)
		return
	}
	if other, twice := b.taken[name]; twice {
		b.out.Topics = append(b.out.Topics, TopicIntent{Name: t.Name})
		b.report(i, name, "topicName", v1alpha1.ReasonInvalidSpec, "%q is the name of topic %q too; give each topic a name of its own", name, other)
		return
	}
	b.taken[name] = t.Name
	r := b.resource(t, name)
	tags, empty := allTags(b.in.Account.Tags, mergeTags(b.in.Topology.Spec.Tags, t.Tags), b.owner)
	putTags(r.Managed, tags)
	if len(empty) > 0 {
		b.refuse(fieldRefusal(resourceName(KindTopic, name), topicField(i, "tags"), emptyTags, empty))
	}
	if err := r.Policy.CheckTopicLimits(); err != nil {
		b.refuseTopic(i, name, "publishers", v1alpha1.ReasonPolicyTooLarge, "the policy: %v", err)
		return
	}
	if len(tags) > maxTags {
		b.refuseTopic(i, name, "tags", v1alpha1.ReasonInvalidSpec, tooManyTags, len(tags), maxTags)
		return
	}
	b.out.Topics = append(b.out.Topics, TopicIntent{Name: t.Name, TopicName: name, ARN: r.ARN})
	b.out.State.Resources = append(b.out.State.Resources, r)
}

// usedName is the default name where a topic exists under it and the spec now says another.
func (b *topologyBuild) usedName(t *v1alpha1.Topic) (string, bool) {
	byDefault := defaultTopicName(b.in.Topology, t)
	if topicName(b.in.Topology, t) == byDefault || slices.Contains(TopicNames(b.in.Topology), byDefault) {
		return "", false
	}
	row, ok := b.in.Inventory.Find(b.in.Account.TopicARN(byDefault))
	return byDefault, ok && !gone(row)
}

// refuseTopic refuses a topic and leaves what exists of it as it is.
func (b *topologyBuild) refuseTopic(i int, name, member, reason, format string, args ...any) {
	arn := b.in.Account.TopicARN(name)
	b.out.Topics = append(b.out.Topics, TopicIntent{Name: b.in.Topology.Spec.Topics[i].Name, TopicName: name, ARN: arn})
	why := b.report(i, name, member, reason, format, args...)
	if row, ok := b.in.Inventory.Find(arn); ok {
		b.out.State.Resources = append(b.out.State.Resources, heldRow(row, b.owner, arn, why))
	}
}

// report adds the refusal of a topic and gives its message.
func (b *topologyBuild) report(i int, name, member, reason, format string, args ...any) string {
	resource, field := resourceName(KindTopic, name), topicField(i, member)
	message := fmt.Sprintf("%s: %s: ", resource, field) + fmt.Sprintf(format, args...)
	b.refuse(Refusal{Reason: reason, Field: field, Resource: resource, Message: message, Group: b.in.Account.TopicARN(name), Stalled: true})
	return message
}

func topicField(i int, field string) string { return fmt.Sprintf("spec.topics[%d].%s", i, field) }

// resource is the desired topic.
func (b *topologyBuild) resource(t *v1alpha1.Topic, name string) Resource {
	arn := b.in.Account.TopicARN(name)
	m := map[string]string{"DisplayName": t.DisplayName, "KmsMasterKeyId": "", "TracingConfig": "PassThrough"}
	if t.Encryption != nil {
		m["KmsMasterKeyId"] = t.Encryption.KMSKeyID
	}
	if t.Tracing != "" {
		m["TracingConfig"] = t.Tracing
	}
	if t.FIFO != nil {
		m["FifoTopic"], m["ContentBasedDeduplication"] = "true", fmt.Sprint(t.FIFO.ContentBasedDeduplication)
		if t.FIFO.ThroughputScope != "" {
			m["FifoThroughputScope"] = t.FIFO.ThroughputScope
		}
	}
	r := Resource{
		Kind: KindTopic, Key: arn, ARN: arn, Name: name, Region: b.in.Account.Region, Group: arn,
		Owner: b.owner, Rivals: sortedRivals(b.in.Rivals[name]), Managed: m,
	}
	m[PolicyField(policydoc.SidPublishers)] = ""
	publishers := policydoc.Publishers(arn, callers(t.Publishers))
	var alarms, subscribers []policydoc.Statement
	alarms, r.UndecidedAlarms = b.alarming(t, arn, publishers)
	publishers = append(publishers, alarms...)
	subscribers, r.Undecided = b.subscribers(t, arn, publishers)
	if own := sortedStatements(append(publishers, subscribers...)); len(own) > 0 {
		r.Policy = policydoc.Document{Version: policydoc.Version, Statements: own}
		for _, s := range own {
			m[PolicyField(s.Sid)] = s.Canonical()
		}
	}
	r.Defaults = defaults(m, silentTopic(t)...)
	row, _ := b.in.Inventory.Find(arn)
	return r.Keeping(row.Kept)
}

// checkConsent refuses a selector that cannot be read.
func (b *topologyBuild) checkConsent() {
	allowed := b.in.Topology.Spec.AllowedConsumers
	if allowed == nil || allowed.Namespaces.From != v1alpha1.NamespacesSelector {
		return
	}
	if _, err := metav1.LabelSelectorAsSelector(allowed.Namespaces.Selector); err != nil {
		b.refuse(fieldRefusal(b.owner.String(), "spec.allowedConsumers.namespaces.selector", "%v; correct it, until then no other namespace can subscribe", err))
	}
}
