"""Trained networks in folders: weights, card and learning curve of a training that can be continued."""

from nasbench_pose.trained.folder import TrainedFolder, is_trained_folder

__all__ = ["TrainedFolder", "is_trained_folder"]
