"""Poses: data sets, skeletons, crops, augmentation, heat maps, losses, PCKh and OKS-AP."""
