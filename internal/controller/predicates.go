package controller

import (
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
	"github.com/skein-dev/skein/internal/topology"
)

// specChanged lets through what a user changes of an object: its spec, its annotations and its deletion; not its status.
func specChanged() predicate.Predicate {
	return predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
}

// onUpdate lets creations and deletions through, and the updates that a function takes for a change.
func onUpdate(changed func(event.UpdateEvent) bool) predicate.Predicate {
	return predicate.Funcs{UpdateFunc: changed}
}

// accountChanged lets through what the users of an account must know: its spec, its identity and whether it is ready.
func accountChanged() predicate.Predicate {
	return onUpdate(func(e event.UpdateEvent) bool {
		a, b := e.ObjectOld.(*v1alpha1.AWSAccount), e.ObjectNew.(*v1alpha1.AWSAccount)
		return a.Generation != b.Generation || a.Status.AccountID != b.Status.AccountID || readyDiffers(a.Status.Conditions, b.Status.Conditions)
	})
}

// topologyChanged lets through what the consumers of a topology must know: its spec, its deletion, and topics that came to be in AWS or whose
// policies now admit others.
func topologyChanged() predicate.Predicate {
	return onUpdate(func(e event.UpdateEvent) bool {
		a, b := e.ObjectOld.(*v1alpha1.MessagingTopology), e.ObjectNew.(*v1alpha1.MessagingTopology)
		return a.Generation != b.Generation || !equality.Semantic.DeepEqual(topicStates(a), topicStates(b)) ||
			!equality.Semantic.DeepEqual(grants(a), grants(b))
	})
}

// grants are the hashes of the statements for other accounts, by topic and field.
func grants(mt *v1alpha1.MessagingTopology) map[string]string {
	out := map[string]string{}
	for _, row := range mt.Status.Resources {
		for field, hash := range row.Fields {
			if name, sid := topology.CutField(field); name == "Policy" && strings.HasPrefix(sid, policydoc.SidSubscribers) {
				out[row.ARN+" "+sid] = hash
			}
		}
	}
	return out
}

func topicStates(mt *v1alpha1.MessagingTopology) map[string]string {
	out := map[string]string{}
	for _, t := range mt.Status.Topics {
		out[t.ARN] = t.State
	}
	return out
}

// claimsChanged lets through what others with the same names, or with shared dead letters, must know: spec, deletion, and what the object holds.
func claimsChanged() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return true },
		UpdateFunc: func(e event.UpdateEvent) bool {
			if e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() {
				return true
			}
			return !sameRows(rowsOf(e.ObjectOld), rowsOf(e.ObjectNew))
		},
	}
}

func rowsOf(o client.Object) []v1alpha1.ResourceStatus {
	switch o := o.(type) {
	case *v1alpha1.ConsumerQueue:
		return o.Status.Resources
	case *v1alpha1.MessagingTopology:
		return o.Status.Resources
	default:
		return nil
	}
}

// readinessChanged lets through what a topology must know of its consumers: spec, deletion and whether they are ready.
func readinessChanged() predicate.Predicate {
	return onUpdate(func(e event.UpdateEvent) bool {
		a, b := e.ObjectOld.(*v1alpha1.ConsumerQueue), e.ObjectNew.(*v1alpha1.ConsumerQueue)
		return a.Generation != b.Generation || readyDiffers(a.Status.Conditions, b.Status.Conditions)
	})
}

// labelsChanged lets a namespace through when consent may have changed.
func labelsChanged() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool { return !maps.Equal(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels()) },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
}

// deleted lets only deletions through.
func deleted() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(event.UpdateEvent) bool { return false },
	}
}

// notCreated lets changes and deletions through: what an object has made itself is no news to it.
func notCreated() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(event.CreateEvent) bool { return false }}
}
