package controller

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/plan"
	"github.com/skein-dev/skein/internal/topology"
)

// adoption says what an object may take over, but for what observed tags tell.
func adoption(o metav1.Object, m v1alpha1.Management, a access) plan.AdoptionRules {
	return plan.AdoptionRules{
		Wanted: m.AdoptionPolicy == v1alpha1.AdoptionAdopt, Allowed: a.adoption,
		FromCluster: o.GetAnnotations()[v1alpha1.AnnotationAdoptFromCluster],
	}
}

// goneOwners looks up whom observed tags of this cluster name, where that matters, and gives those that do not exist any more.
func (s *Shared) goneOwners(ctx context.Context, in plan.Input) (map[topology.Owner]bool, error) {
	out := map[topology.Owner]bool{}
	for _, r := range in.Have.Resources {
		owner := r.Seen.Owner
		if !in.Adoption.Wanted || owner == nil || *owner == in.Self || owner.Cluster != s.Cluster {
			continue
		}
		gone, err := s.gone(ctx, *owner)
		if err != nil {
			return nil, err
		}
		if gone {
			out[*owner] = true
		}
	}
	return out, nil
}

// gone says whether an owner's object does not exist; the cache, which may not know a new one yet, is not enough for that.
func (s *Shared) gone(ctx context.Context, owner topology.Owner) (bool, error) {
	key := types.NamespacedName{Namespace: owner.Namespace, Name: owner.Name}
	if key.Namespace == "" || key.Name == "" {
		// Half of the tags are missing: they name nobody.
		return true, nil
	}
	for _, reader := range []client.Reader{s.Client, s.reader} {
		var object client.Object
		switch owner.Kind {
		case topology.OwnerConsumerQueue:
			object = &v1alpha1.ConsumerQueue{}
		case topology.OwnerMessagingTopology:
			object = &v1alpha1.MessagingTopology{}
		default:
			return false, nil
		}
		switch err := reader.Get(ctx, key, object); {
		case err == nil:
			return false, nil
		case !apierrors.IsNotFound(err):
			return false, fmt.Errorf("reading %s: %w", owner, err)
		}
	}
	return true, nil
}

// diff is plan.Diff, once more where an adoption is announced: what is found and kept may change what is wanted.
func (j *job) diff() plan.Plan {
	p := plan.Diff(j.Input)
	announced, news := plan.Announced(j.Applied, p)
	if !news || j.rebuild == nil {
		return p
	}
	j.Want = j.rebuild(announced)
	return plan.Diff(j.Input)
}
