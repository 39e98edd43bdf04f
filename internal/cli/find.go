package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// kind is a kind of object that commands take the name of.
type kind struct {
	name string
	// short stands before the slash, as in cq/orders. The other words for it are its name in lower case, singular and plural.
	short, plural string
	object        func() client.Object
}

var (
	queueKind    = kind{"ConsumerQueue", "cq", "consumerqueues", func() client.Object { return &v1alpha1.ConsumerQueue{} }}
	topologyKind = kind{"MessagingTopology", "mt", "messagingtopologies", func() client.Object { return &v1alpha1.MessagingTopology{} }}
	redriveKind  = kind{"Redrive", "rd", "redrives", func() client.Object { return &v1alpha1.Redrive{} }}
	// kinds are those that a bare name may mean.
	kinds = []kind{queueKind, topologyKind}
)

// title is how an object is called, such as ConsumerQueue commerce/orders.
func title(k kind, o client.Object) string {
	return fmt.Sprintf("%s %s/%s", k.name, o.GetNamespace(), o.GetName())
}

// consumerQueue reads a ConsumerQueue of the namespace by its name, with or without cq/ before it.
func (c *cluster) consumerQueue(ctx context.Context, name string) (*v1alpha1.ConsumerQueue, error) {
	object, _, err := c.find(ctx, name, queueKind)
	if err != nil {
		return nil, err
	}
	return object.(*v1alpha1.ConsumerQueue), nil //nolint:errcheck // it is what queueKind makes
}

// find reads the object of one of the kinds that an argument names: KIND/NAME, or NAME alone.
func (c *cluster) find(ctx context.Context, argument string, among ...kind) (client.Object, kind, error) {
	name := argument
	if before, after, ok := strings.Cut(argument, "/"); ok {
		i := slices.IndexFunc(among, func(k kind) bool {
			return slices.Contains([]string{k.short, strings.ToLower(k.name), k.plural}, strings.ToLower(before))
		})
		if i < 0 {
			return nil, kind{}, &problem{what: fmt.Sprintf("%s: there is no kind %q here", argument, before), remedy: fmt.Sprintf("Write %s.", forms(after, among)), code: exitWrongLine}
		}
		name, among = after, among[i:i+1]
	}
	if name == "" {
		return nil, kind{}, &problem{what: fmt.Sprintf("%q names no object", argument), remedy: fmt.Sprintf("Write %s.", forms("NAME", among)), code: exitWrongLine}
	}
	var found []client.Object
	var of []kind
	var refused error
	for _, k := range among {
		object := k.object()
		switch err := c.Get(ctx, client.ObjectKey{Namespace: c.namespace, Name: name}, object); {
		case err == nil:
			found, of = append(found, object), append(of, k)
		case !lacks(err, name):
			refused = errors.Join(refused, fmt.Errorf("reading %s %s/%s: %w", k.name, c.namespace, name, err))
		}
	}
	switch {
	case len(found) == 1:
		return found[0], of[0], nil
	case len(found) > 1:
		return nil, kind{}, &problem{what: fmt.Sprintf("%q is the name of objects of %d kinds in namespace %s", name, len(found), c.namespace), remedy: fmt.Sprintf("Write %s.", forms(name, of)), code: exitWrongLine}
	case refused != nil:
		return nil, kind{}, refused
	}
	return nil, kind{}, c.missing(ctx, name, among)
}

// lacks says whether the apiserver knows the kind, and no object of that name. A server that does not know the kind says "not found" too.
func lacks(err error, name string) bool {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	return ok && apierrors.IsNotFound(err) && status.ErrStatus.Details != nil && status.ErrStatus.Details.Name == name
}

func forms(name string, of []kind) string {
	var out []string
	for _, k := range of {
		out = append(out, k.short+"/"+name)
	}
	return list("or", out...)
}

// missing is the error of a name that nothing has, with where it is to be found or what is called like it, as far as the user may see that.
func (c *cluster) missing(ctx context.Context, name string, among []kind) error {
	var kindNames, elsewhere, here []string
	for _, k := range among {
		kindNames = append(kindNames, k.name)
		for _, key := range c.keys(ctx, k, client.MatchingFields{"metadata.name": name}) {
			elsewhere = append(elsewhere, key.Namespace)
		}
		for _, key := range c.keys(ctx, k, client.InNamespace(c.namespace)) {
			here = append(here, key.Name)
		}
	}
	p := &problem{what: fmt.Sprintf("there is no %s %q in namespace %s", list("or", kindNames...), name, c.namespace)}
	if like := alike(name, here); len(like) > 0 {
		p.remedy = fmt.Sprintf("Did you mean %s? ", list("or", like...))
	}
	if len(elsewhere) > 0 {
		slices.Sort(elsewhere)
		p.remedy += fmt.Sprintf("There is one in namespace %s: add -n. ", list("and", slices.Compact(elsewhere)...))
	}
	p.remedy += fmt.Sprintf("kubectl skein status -n %s lists what there is.", c.namespace)
	return p
}

// keys lists names; none where the user may not list them.
func (c *cluster) keys(ctx context.Context, k kind, options ...client.ListOption) []client.ObjectKey {
	objects := &metav1.PartialObjectMetadataList{}
	objects.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(k.name + "List"))
	if err := c.List(ctx, objects, options...); err != nil {
		return nil
	}
	var out []client.ObjectKey
	for i := range objects.Items {
		out = append(out, client.ObjectKeyFromObject(&objects.Items[i]))
	}
	return out
}

// alike gives the names that a name may be a slip of, at most three, the nearest first.
func alike(name string, names []string) []string {
	var out []string
	for _, other := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if strings.Contains(other, name) || distance(name, other) <= max(1, len(name)/3) {
			out = append(out, other)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return distance(name, a) - distance(name, b) })
	return out[:min(len(out), 3)]
}

// distance is how many characters must be put in, left out or replaced to come from one name to the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
