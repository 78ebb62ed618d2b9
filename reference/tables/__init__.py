"""The third assignment: tables, k-means, PCA and a decision stump."""
