"""The shape of every response, one module a resource; import them from here.

The service builds them and describes them in OpenAPI; the client reads them, and ignores what a newer server adds.
Non-finite numbers never go out: the field is null, and `non_finite` names it.
"""

from contract.responses.base import ColumnKind as ColumnKind
from contract.responses.base import DeletedResponse as DeletedResponse
from contract.responses.base import FieldError as FieldError
from contract.responses.base import Page as Page
from contract.responses.base import Problem as Problem
from contract.responses.base import ResponseModel as ResponseModel
from contract.responses.base import Timestamp as Timestamp
from contract.responses.base import rfc3339 as rfc3339
from contract.responses.completions import CompletionChoice as CompletionChoice
from contract.responses.completions import CompletionEnd as CompletionEnd
from contract.responses.completions import CompletionLogprobs as CompletionLogprobs
from contract.responses.completions import CompletionResponse as CompletionResponse
from contract.responses.datasets import ColumnFormat as ColumnFormat
from contract.responses.datasets import ColumnResponse as ColumnResponse
from contract.responses.datasets import DatasetResponse as DatasetResponse
from contract.responses.datasets import IssueCounts as IssueCounts
from contract.responses.datasets import IssueResponse as IssueResponse
from contract.responses.datasets import RowsResponse as RowsResponse
from contract.responses.datasets import Top as Top
from contract.responses.generations import GenerationResponse as GenerationResponse
from contract.responses.generations import GenerationUsage as GenerationUsage
from contract.responses.generations import NextTokensResponse as NextTokensResponse
from contract.responses.generations import TextEvent as TextEvent
from contract.responses.generations import TokenResponse as TokenResponse
from contract.responses.jobs import Baseline as Baseline
from contract.responses.jobs import Baselines as Baselines
from contract.responses.jobs import Best as Best
from contract.responses.jobs import EpochResponse as EpochResponse
from contract.responses.jobs import Estimate as Estimate
from contract.responses.jobs import JobResponse as JobResponse
from contract.responses.jobs import Latest as Latest
from contract.responses.jobs import Progress as Progress
from contract.responses.jobs import Reproduction as Reproduction
from contract.responses.jobs import Resume as Resume
from contract.responses.jobs import SplitResponse as SplitResponse
from contract.responses.jobs import SplitRow as SplitRow
from contract.responses.jobs import ValidationResponse as ValidationResponse
from contract.responses.keys import AccessResponse as AccessResponse
from contract.responses.keys import KeyResponse as KeyResponse
from contract.responses.keys import NewKeyResponse as NewKeyResponse
from contract.responses.models import AliasResponse as AliasResponse
from contract.responses.models import ModelInput as ModelInput
from contract.responses.models import ModelResponse as ModelResponse
from contract.responses.predictions import PredictedClass as PredictedClass
from contract.responses.predictions import PredictedValue as PredictedValue
from contract.responses.predictions import PredictedValues as PredictedValues
from contract.responses.predictions import PredictionResponse as PredictionResponse
from contract.responses.predictions import PredictionWarning as PredictionWarning
from contract.responses.predictions import RowError as RowError
from contract.responses.recommendations import ItemColumn as ItemColumn
from contract.responses.recommendations import ItemsResponse as ItemsResponse
from contract.responses.recommendations import JobItemMapResponse as JobItemMapResponse
from contract.responses.recommendations import MappedItem as MappedItem
from contract.responses.recommendations import ModelItemMapResponse as ModelItemMapResponse
from contract.responses.recommendations import NameRows as NameRows
from contract.responses.recommendations import RatingRange as RatingRange
from contract.responses.recommendations import RecommendationErrorsResponse as RecommendationErrorsResponse
from contract.responses.recommendations import RecommendationReason as RecommendationReason
from contract.responses.recommendations import RecommendationsResponse as RecommendationsResponse
from contract.responses.recommendations import RecommendedItem as RecommendedItem
from contract.responses.recommendations import SimilarItemsResponse as SimilarItemsResponse
from contract.responses.recommendations import UsersResponse as UsersResponse
