package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// maxSpecTags is the bound of Tags in the API.
const maxSpecTags = 30

// children builds the ConsumerQueues of the inline consumers.
func (b *topologyBuild) children() {
	for i := range b.in.Topology.Spec.Consumers {
		child := b.child(&b.in.Topology.Spec.Consumers[i])
		if field, message := childProblem(&child); field != "" {
			resource, path := OwnerConsumerQueue+" "+child.Namespace+"/"+child.Name, fmt.Sprintf("spec.consumers[%d].%s", i, field)
			b.refuse(fieldRefusal(resource, path, "%s", message))
			b.out.HeldChildren = append(b.out.HeldChildren, child.Name)
			continue
		}
		b.out.Children = append(b.out.Children, child)
	}
	slices.Sort(b.out.HeldChildren)
	slices.SortFunc(b.out.Children, func(a, b v1alpha1.ConsumerQueue) int { return strings.Compare(a.Name, b.Name) })
}

// child is the ConsumerQueue of one inline consumer.
func (b *topologyBuild) child(c *v1alpha1.InlineConsumer) v1alpha1.ConsumerQueue {
	mt := b.in.Topology
	c = c.DeepCopy()
	child := v1alpha1.ConsumerQueue{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: OwnerConsumerQueue},
		ObjectMeta: metav1.ObjectMeta{Namespace: mt.Namespace, Name: ChildName(mt, c.Name)},
		Spec:       v1alpha1.ConsumerQueueSpec{AccountRef: mt.Spec.AccountRef.DeepCopy(), QueueSettings: c.QueueSettings},
	}
	child.Spec.Tags = mergeTags(mt.Spec.Tags, c.Tags)
	if c.DeletionPolicy == "" && mt.Spec.DeletionPolicy == v1alpha1.DeletionRetain {
		child.Spec.DeletionPolicy = v1alpha1.DeletionRetain
	}
	child.Spec.Management = inherited(mt.Spec.Management, c.Management)
	if from := mt.Annotations[v1alpha1.AnnotationAdoptFromCluster]; from != "" {
		child.Annotations = map[string]string{v1alpha1.AnnotationAdoptFromCluster: from}
	}
	for _, s := range c.Subscriptions {
		sub := v1alpha1.Subscription(s)
		if s.Topic != "" && s.Topology == nil {
			sub.Topology = &v1alpha1.TopologyReference{Name: mt.Name}
		}
		child.Spec.Subscriptions = append(child.Spec.Subscriptions, sub)
	}
	return child
}

// inherited is how a consumer is managed: as it says itself, else as its topology does. What suspends the topology suspends its consumers.
func inherited(general, specific v1alpha1.Management) v1alpha1.Management {
	specific.Suspend = specific.Suspend || general.Suspend
	specific.DriftPolicy = cmp.Or(specific.DriftPolicy, general.DriftPolicy)
	specific.AdoptionPolicy = cmp.Or(specific.AdoptionPolicy, general.AdoptionPolicy)
	return specific
}

// childProblem says why Kubernetes would refuse a child: what the schema of inline consumers cannot know.
func childProblem(child *v1alpha1.ConsumerQueue) (field, message string) {
	if n := len(child.Name); n > maxObjectName {
		return "name", fmt.Sprintf("the ConsumerQueue's name would have %d characters, Kubernetes takes at most %d; choose a shorter one", n, maxObjectName)
	}
	if n := len(child.Spec.Tags); n > maxSpecTags {
		return "tags", fmt.Sprintf("with the topology's there are %d tags, a ConsumerQueue takes at most %d; remove some", n, maxSpecTags)
	}
	if size := child.Spec.MaximumMessageSize; size != nil {
		if problem := sizeProblem(size.Value()); problem != "" {
			return "maximumMessageSize", problem
		}
	}
	return "", ""
}
