"""Batches of a plain torch `DataLoader`, made at once where that is proven to be the same.

`loader`: takes the place of the notebook's own loader, and compares what both give at first.
`collate`: how a `collate_fn` puts samples together.
`transform`: what a `transform` makes of grey levels.
`raw_images`: a data set's images before that.
`purity`: which functions leave nothing behind but their result.
"""
