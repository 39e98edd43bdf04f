package controller

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Scheme holds all kinds that the operator reads or writes.
func Scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(v1alpha1.AddToScheme(s))
	return s
}

// CacheOptions keep only what the operator needs: the Secrets of its own namespace, and its own ConfigMaps; of no object the managed fields.
func CacheOptions(namespace string) cache.Options {
	strip := cache.TransformStripManagedFields()
	own := labels.SelectorFromSet(labels.Set{LabelManagedBy: ManagedBy})
	return cache.Options{ByObject: map[client.Object]cache.ByObject{
		&corev1.Secret{}:              {Namespaces: map[string]cache.Config{namespace: {}}, Transform: strip},
		&corev1.ConfigMap{}:           {Label: own, Transform: strip},
		&corev1.Namespace{}:           {Transform: strip},
		&v1alpha1.MessagingTopology{}: {Transform: strip},
		&v1alpha1.ConsumerQueue{}:     {Transform: strip},
		&v1alpha1.AWSAccount{}:        {Transform: strip},
		&v1alpha1.Redrive{}:           {Transform: strip},
	}}
}
