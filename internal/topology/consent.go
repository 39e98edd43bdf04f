package topology

import (
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// ErrNoLabels says that a consent depends on the labels of a namespace that could not be read.
var ErrNoLabels = errors.New("the namespace's labels could not be read")

// AllowsConsumer says whether a topology lets ConsumerQueues of a namespace subscribe. The labels are nil where the namespace could not be
// read; where they matter that is ErrNoLabels. Any other error is a selector that cannot be read.
func AllowsConsumer(mt *v1alpha1.MessagingTopology, namespace string, namespaceLabels map[string]string) (bool, error) {
	if namespace == mt.Namespace {
		return true, nil
	}
	if mt.Spec.AllowedConsumers == nil {
		return false, nil
	}
	allowed := mt.Spec.AllowedConsumers.Namespaces
	switch allowed.From {
	case v1alpha1.NamespacesAll:
		return true, nil
	case v1alpha1.NamespacesSelector:
		return selects(allowed.Selector, namespaceLabels)
	default:
		return false, nil
	}
}

// AllowsNamespace says whether an account may be used by objects of a namespace; errors as in AllowsConsumer.
func AllowsNamespace(account *v1alpha1.AWSAccount, namespaceLabels map[string]string) (bool, error) {
	allowed := account.Spec.AllowedNamespaces
	if allowed == nil || allowed.From != v1alpha1.NamespacesSelector {
		return true, nil
	}
	return selects(allowed.Selector, namespaceLabels)
}

func selects(s *metav1.LabelSelector, namespaceLabels map[string]string) (bool, error) {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return false, fmt.Errorf("reading selector: %w", err)
	}
	if namespaceLabels == nil {
		return false, ErrNoLabels
	}
	return selector.Matches(labels.Set(namespaceLabels)), nil
}

// sharedProblem says why a ConsumerQueue cannot be the shared dead-letter queue of another of its namespace; empty where it can. Both sides ask it: the source
// before it points there, the shared queue before it lists the source.
func sharedProblem(source, shared *v1alpha1.ConsumerQueue) string {
	deadLetters := retentionRange.orDefault(shared.Spec.MessageRetention)
	kept := retentionRange.orDefault(source.Spec.MessageRetention)
	switch {
	case shared.Name == source.Name:
		return "a queue cannot be its own dead-letter queue"
	case AccountName(shared.Spec.AccountRef) != AccountName(source.Spec.AccountRef):
		return fmt.Sprintf("it is in AWSAccount %s, this queue in %s; a dead-letter queue is in the account of its source",
			AccountName(shared.Spec.AccountRef), AccountName(source.Spec.AccountRef))
	case (shared.Spec.FIFO != nil) != (source.Spec.FIFO != nil):
		return "one of the two is a FIFO queue and the other is not; set fifo on both or on neither"
	case shared.Spec.DeadLetter == nil || !shared.Spec.DeadLetter.Disabled:
		return "it has a dead-letter queue itself; set deadLetter.disabled on it"
	case !deadLettersOutlive(deadLetters, kept, shared.Spec.FIFO != nil):
		return fmt.Sprintf("it keeps messages %d s and this queue %d s, so dead letters would expire early; raise messageRetention on it above this queue's, or to 336h",
			deadLetters, kept)
	}
	return ""
}
