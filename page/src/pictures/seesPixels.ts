// Whether a net sees the pixels of pictures itself, and not features that another net made of them.
import type { Spec } from "../api/shapes";

export const seesPixels = ({ image }: Spec): boolean => image.size != null && !image.features;
